import { expect } from 'chai';
import type { Observable } from 'rxjs';
import { type ConsumedThing, consume, createClient } from '../src/index.js';
import type { Vent } from './fixtures/vent.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const check = <T extends true>(_same?: T): void => undefined;

/** Compiled, never run: each expected error fails the type check if it is none. */
async function typed(thing: ConsumedThing<typeof Vent>): Promise<void> {
  const { properties, actions, events } = thing;

  const angle = await properties.angle.read();
  check<Same<typeof angle, number>>();
  const mode = await properties.mode.read();
  check<Same<typeof mode, 'auto' | 'manual'>>();
  properties.angle.subscribe((value) => check<Same<typeof value, number>>());
  await properties.pin.write('4711');
  await properties.serial.read();

  // @ts-expect-error the Model has no such property
  properties.humidity;
  // @ts-expect-error a read-only property cannot be written
  await properties.wind.write(3);
  // @ts-expect-error a write-only property cannot be read
  await properties.pin.read();
  // @ts-expect-error nor observed
  properties.pin.subscribe();
  // @ts-expect-error a property declared not observable cannot be observed
  properties.serial.subscribe();
  // @ts-expect-error the schema says number
  await properties.angle.write('wide');
  // @ts-expect-error the schema says which modes there are
  await properties.mode.write('off');

  const beep = actions.beep({ times: 2 });
  check<Same<typeof beep.output, Promise<boolean>>>();
  const sweep = actions.sweep({ to: 3 }, { signal: AbortSignal.timeout(1) });
  check<Same<typeof sweep.progress, Observable<{ percent: number }>>>();
  check<Same<typeof sweep.output, Promise<{ steps: number }>>>();
  const calibration = actions.calibrate();
  check<Same<typeof calibration.output, Promise<void>>>();
  // @ts-expect-error the input is missing
  actions.sweep();
  // @ts-expect-error the input has another type
  actions.sweep({ to: 'the end' });
  // @ts-expect-error the action takes no input
  actions.calibrate({ hard: true });
  // @ts-expect-error the Model has no such action
  actions.dance();

  events.jammed.subscribe(({ angle: at }) => check<Same<typeof at, number>>());
  events.rainStarted.subscribe((nothing) => check<Same<typeof nothing, void>>());
  // @ts-expect-error the Model has no such event
  events.snowStarted;

  const values = await thing.readMultiple(['angle', 'serial']);
  check<Same<typeof values, { angle: number; serial: string }>>();
  // @ts-expect-error a write-only property is not among those that are read
  await thing.readMultiple(['pin']);
  const all = await thing.readAll();
  check<Same<(typeof all)['wind'], number | undefined>>();
  await thing.writeMultiple({ angle: 3 });
  // @ts-expect-error a read-only property is not among those that are written
  await thing.writeMultiple({ wind: 3 });
  // @ts-expect-error all means all
  await thing.writeAll({ angle: 3 });
}

/** Without a Model every name may be there, with values that nobody knows. */
async function untyped(thing: ConsumedThing): Promise<void> {
  const angle = await thing.properties.angle?.read();
  check<Same<typeof angle, unknown>>();
  await thing.properties.angle?.write({ any: 'thing' });
  thing.actions.sweep?.();
  thing.actions.sweep?.({ to: 1 });
  thing.events.jammed?.subscribe((data) => check<Same<typeof data, unknown>>());
  // @ts-expect-error it may not be there
  await thing.properties.angle.read();
}

describe('The types of a consumed Thing', () => {
  it('come from its Model, or are unknown without one', () => {
    const consumers = [consume, createClient().consume];
    expect([typed, untyped, ...consumers].every((part) => typeof part === 'function')).to.equal(true);
  });
});
