import { expect } from 'chai';
import { NEVER, of, Subject, throwError } from 'rxjs';
import * as t from 'typebox';
import { defineThing, expose, state, ThingError } from '../src/index.js';
import { ADA, deferred, openWorkbench, refusal } from './workbench.js';

const Gauge = defineThing({
  title: 'Gauge',
  properties: {
    level: { schema: t.Number({ minimum: 0, maximum: 100 }), readOnly: true },
    sample: {
      schema: t.Object({ value: t.Number(), timestamp: t.String() }),
      readOnly: true,
      ignoreChangesOf: ['timestamp'],
    },
    silent: { schema: t.Integer(), readOnly: true, observable: false },
  },
});

function gauge() {
  const level = new Subject<number>();
  const sample = new Subject<{ value: number; timestamp: string }>();
  const silent = new Subject<number>();
  return { level, sample, silent, exposure: expose(Gauge, () => ({ properties: { level, sample, silent } })) };
}

const Dial = defineThing({ title: 'Dial', properties: { angle: { schema: t.Integer({ minimum: 0, maximum: 90 }) } } });

describe('A property that is read', () => {
  it('is unavailable while it has no value', async () => {
    await using bench = openWorkbench(gauge().exposure);
    const error = await refusal(bench.ask({ op: 'readproperty', name: 'level' }));
    expect(error.code).to.equal('unavailable');
    expect(error.detail).to.equal("Property 'level' of 'Gauge' has no value yet");
  });

  it('answers at once with the last value and the time it was measured', async () => {
    const { level, exposure } = gauge();
    await using bench = openWorkbench(exposure);
    level.next(7);
    bench.clock.time += 60_000;
    const answer = bench.thing.request({ op: 'readproperty', name: 'level' }, { principal: ADA });
    expect(answer).to.deep.equal({ value: 7, time: '2026-03-04T06:17:31.009000Z' });
  });

  it('tells the new time after an equal value', async () => {
    const { level, exposure } = gauge();
    await using bench = openWorkbench(exposure);
    level.next(7);
    await bench.ask({ op: 'readproperty', name: 'level' });
    bench.clock.time += 1000;
    level.next(7);
    const { time } = await bench.ask({ op: 'readproperty', name: 'level' });
    expect(time).to.equal('2026-03-04T06:17:32.009000Z');
  });

  it('keeps its last value when its stream ends', async () => {
    await using bench = openWorkbench(
      expose(Gauge, () => ({ properties: { level: of(3), sample: NEVER, silent: NEVER } })),
    );
    expect((await bench.ask({ op: 'readproperty', name: 'level' })).value).to.equal(3);
  });

  it('fails when its stream has failed, and says so in the log', async () => {
    const { level, exposure } = gauge();
    await using bench = openWorkbench(exposure);
    level.next(7);
    level.error('the cable is cut');
    const error = await refusal(bench.ask({ op: 'readproperty', name: 'level' }));
    expect(error.code).to.equal('failed');
    expect(error.cause).to.equal('the cable is cut');
    expect(bench.warnings.map(({ message }) => message)).to.deep.equal(['the stream of a property failed']);
  });

  it('fails with the very ThingError of its stream', async () => {
    const gone = new ThingError('unavailable', 'The device is gone');
    await using bench = openWorkbench(
      expose(Gauge, () => ({ properties: { level: throwError(() => gone), sample: NEVER, silent: NEVER } })),
    );
    expect(await refusal(bench.ask({ op: 'readproperty', name: 'level' }))).to.equal(gone);
  });

  it('asks its handler on behalf of the reader', async () => {
    await using bench = openWorkbench(
      expose(Gauge, () => ({
        properties: {
          level: { read: ({ principal, uriVariables }) => (principal === ADA && !('x' in uriVariables) ? 1 : 2) },
          sample: NEVER,
          silent: { read: async () => 5 },
        },
      })),
    );
    expect(await bench.ask({ op: 'readproperty', name: 'level' })).to.deep.equal({ value: 1 });
    expect(await bench.ask({ op: 'readproperty', name: 'silent' })).to.deep.equal({ value: 5 });
  });

  it('fails with a stated reason when its handler throws anything, at once or later', async () => {
    await using bench = openWorkbench(
      expose(Gauge, () => ({
        properties: {
          level: {
            read: () => {
              throw 'no error at all';
            },
          },
          sample: NEVER,
          silent: { read: () => Promise.reject(undefined) },
        },
      })),
    );
    const error = await refusal(bench.ask({ op: 'readproperty', name: 'level' }));
    expect([error.code, error.detail]).to.deep.equal(['failed', "Property 'level' of 'Gauge' could not be read"]);
    expect((await refusal(bench.ask({ op: 'readproperty', name: 'silent' }))).code).to.equal('failed');
  });

  it('is unavailable when its handler has no value, and fails when JSON has no word for it', async () => {
    const level = state<number>();
    await using bench = openWorkbench(
      expose(Gauge, () => ({
        // A handler in JavaScript, which no compiler checks, can give anything.
        properties: {
          level: { read: () => JSON.parse('[]')[0] },
          sample: NEVER,
          silent: { read: async () => Number.NaN },
        },
      })),
    );
    expect(level.get()).to.equal(undefined);
    expect((await refusal(bench.ask({ op: 'readproperty', name: 'level' }))).code).to.equal('unavailable');
    const error = await refusal(bench.ask({ op: 'readproperty', name: 'silent' }));
    expect([error.code, error.detail]).to.deep.equal([
      'failed',
      "Property 'silent' of 'Gauge' gave a value that breaks its schema",
    ]);
  });
});

describe('A property that changes', () => {
  it('tells each different value, and no initial one', async () => {
    const { level, exposure } = gauge();
    await using bench = openWorkbench(exposure);
    level.next(1);
    const seen = bench.collect({ op: 'observeproperty', name: 'level' });
    for (const value of [1, 2, 2, 3, 2]) level.next(value);
    expect(seen.map(({ value }) => value)).to.deep.equal([2, 3, 2]);
  });

  it('tells its first value, for none is a difference', async () => {
    const { level, exposure } = gauge();
    await using bench = openWorkbench(exposure);
    const seen = bench.collect({ op: 'observeproperty', name: 'level' });
    level.next(1);
    expect(seen).to.have.lengthOf(1);
  });

  it('does not count the members that its Model ignores, yet answers them', async () => {
    const { sample, exposure } = gauge();
    await using bench = openWorkbench(exposure);
    const seen = bench.collect({ op: 'observeproperty', name: 'sample' });
    sample.next({ value: 1, timestamp: 'a' });
    sample.next({ value: 1, timestamp: 'b' });
    sample.next({ value: 2, timestamp: 'b' });
    expect(seen.map(({ value }) => value)).to.deep.equal([
      { value: 1, timestamp: 'a' },
      { value: 2, timestamp: 'b' },
    ]);
    sample.next({ value: 2, timestamp: 'c' });
    const { value } = await bench.ask({ op: 'readproperty', name: 'sample' });
    expect(value).to.deep.equal({ value: 2, timestamp: 'c' });
  });

  it('keeps to itself what is not observable', async () => {
    const { silent, exposure } = gauge();
    await using bench = openWorkbench(exposure);
    const seen = bench.collect({ op: 'observeallproperties' });
    silent.next(1);
    expect(seen).to.deep.equal([]);
    expect((await bench.ask({ op: 'readproperty', name: 'silent' })).value).to.equal(1);
  });

  it('drops undefined, NaN and the infinities, with a warning', async () => {
    const { level, exposure } = gauge();
    await using bench = openWorkbench(exposure);
    const seen = bench.collect({ op: 'observeproperty', name: 'level' });
    for (const value of [JSON.parse('[]')[0], Number.NaN, Number.POSITIVE_INFINITY]) level.next(value);
    expect(seen).to.deep.equal([]);
    expect(bench.warnings.map(({ message }) => message)).to.deep.equal(Array(3).fill('a value was dropped'));
    expect((await refusal(bench.ask({ op: 'readproperty', name: 'level' }))).code).to.equal('unavailable');
  });

  it('drops what contains itself, with a warning, and goes on', async () => {
    const { sample, exposure } = gauge();
    await using bench = openWorkbench(exposure);
    const seen = bench.collect({ op: 'observeproperty', name: 'sample' });
    const endless = () => {
      const value = { value: 1, timestamp: '', itself: {} };
      value.itself = value;
      return value;
    };
    sample.next(endless());
    sample.next(endless());
    sample.next({ value: 2, timestamp: '' });
    expect(bench.warnings.map(({ message }) => message)).to.deep.equal(['a value was dropped']);
    expect(seen.at(-1)?.value).to.deep.equal({ value: 2, timestamp: '' });
  });

  it('drops what breaks its schema where outputs are checked', async () => {
    const { level, exposure } = gauge();
    await using bench = openWorkbench(exposure, { checkOutputs: true });
    const seen = bench.collect({ op: 'observeproperty', name: 'level' });
    level.next(-1);
    level.next(1);
    expect(seen.map(({ value }) => value)).to.deep.equal([1]);
    expect(bench.warnings[0]?.details).to.deep.include({ thing: 'bench', property: 'level' });
  });

  it('passes it on where outputs are trusted', async () => {
    const { level, exposure } = gauge();
    await using bench = openWorkbench(exposure);
    level.next(-1);
    expect((await bench.ask({ op: 'readproperty', name: 'level' })).value).to.equal(-1);
  });

  it('refuses a fetched value that breaks its schema where outputs are checked', async () => {
    await using bench = openWorkbench(
      expose(Gauge, () => ({ properties: { level: { read: () => 101 }, sample: NEVER, silent: NEVER } })),
      { checkOutputs: true },
    );
    const error = await refusal(bench.ask({ op: 'readproperty', name: 'level' }));
    expect(error.code).to.equal('failed');
    expect(error.faults).to.have.lengthOf(1);
  });
});

describe('A property that is written', () => {
  it('confirms what its handler gives back', async () => {
    const angle = state(0);
    await using bench = openWorkbench(
      expose(Dial, () => ({
        properties: { angle: { value: angle.value, write: (to: number) => angle.write(to - 1) } },
      })),
    );
    expect(await bench.ask({ op: 'writeproperty', name: 'angle', value: 10 })).to.deep.equal({ value: 9 });
  });

  it('confirms nothing when it does not know', async () => {
    await using bench = openWorkbench(
      expose(Dial, () => ({ properties: { angle: { value: of(0), write: () => undefined } } })),
    );
    expect(await bench.ask({ op: 'writeproperty', name: 'angle', value: 10 })).to.deep.equal({});
  });

  it('confirms when the present value is the one written', async () => {
    const angle = state(0);
    await using bench = openWorkbench(
      expose(Dial, () => ({
        properties: { angle: { value: angle.value, write: async (to: number) => angle.set(to) } },
      })),
    );
    expect(await bench.ask({ op: 'writeproperty', name: 'angle', value: 10 })).to.deep.equal({ value: 10 });
  });

  it('never gives back what is write-only', async () => {
    const Safe = defineThing({ title: 'Safe', properties: { pin: { schema: t.String(), writeOnly: true } } });
    const pins: string[] = [];
    await using bench = openWorkbench(
      expose(Safe, () => ({
        properties: {
          pin: {
            write: (pin) => {
              pins.push(pin);
              return pin;
            },
          },
        },
      })),
    );
    expect(await bench.ask({ op: 'writeproperty', name: 'pin', value: '4711' })).to.deep.equal({});
    expect(pins).to.deep.equal(['4711']);
    expect((await refusal(bench.ask({ op: 'readproperty', name: 'pin' }))).detail).to.equal(
      "Property 'pin' of 'Safe' is write-only",
    );
    const observing = await refusal(bench.ask({ op: 'observeproperty', name: 'pin' }));
    expect([observing.code, observing.detail]).to.deep.equal([
      'invalid',
      "Property 'pin' of 'Safe' cannot be observed",
    ]);
  });

  it('refuses a value that does not fit, and names property, Thing and fault', async () => {
    const angle = state(0);
    await using bench = openWorkbench(expose(Dial, () => ({ properties: { angle } })));
    const error = await refusal(bench.ask({ op: 'writeproperty', name: 'angle', value: 91 }));
    expect(error.code).to.equal('invalid');
    expect(error.detail).to.match(/^Property 'angle' of 'Dial' cannot take that value: the value must be <= 90/);
    expect(error.faults?.[0]?.path).to.equal('');
    expect(angle.get()).to.equal(0);
  });

  it('refuses to be written where it is read-only', async () => {
    await using bench = openWorkbench(gauge().exposure);
    const error = await refusal(bench.ask({ op: 'writeproperty', name: 'level', value: 1 }));
    expect([error.code, error.detail]).to.deep.equal(['invalid', "Property 'level' of 'Gauge' is read-only"]);
  });

  it('fails with the reason of its handler, whatever was thrown', async () => {
    const thrown: unknown[] = [new ThingError('unavailable', 'Offline'), 'text', undefined];
    await using bench = openWorkbench(
      expose(Dial, () => ({
        properties: {
          angle: {
            value: of(0),
            write: () => {
              throw thrown.shift();
            },
          },
        },
      })),
    );
    const write = () => refusal(bench.ask({ op: 'writeproperty', name: 'angle', value: 1 }));
    expect((await write()).detail).to.equal('Offline');
    expect(await write()).to.include({ code: 'failed', cause: 'text' });
    expect((await write()).detail).to.equal("Property 'angle' of 'Dial' could not be written");
  });

  it('carries out one write after the other, also after one that failed', async () => {
    const doors = [deferred(), deferred(), deferred()];
    const begun: number[] = [];
    await using bench = openWorkbench(
      expose(Dial, () => ({
        properties: {
          angle: {
            value: of(0),
            write: async (to: number) => {
              begun.push(to);
              await doors[to]?.promise;
            },
          },
        },
      })),
    );
    const write = (value: number) => bench.ask({ op: 'writeproperty', name: 'angle', value });
    const writes = [write(0), refusal(write(1)), write(2)];
    expect(begun).to.deep.equal([0]);
    doors[0]?.resolve();
    await writes[0];
    expect(begun).to.deep.equal([0, 1]);
    doors[1]?.reject(new Error('stuck'));
    await writes[1];
    doors[2]?.resolve();
    await writes[2];
    expect(begun).to.deep.equal([0, 1, 2]);
  });

  it('does not begin a write that waited when its Thing was closed', async () => {
    const door = deferred();
    const begun: number[] = [];
    await using bench = openWorkbench(
      expose(Dial, () => ({
        properties: {
          angle: {
            value: of(0),
            write: async (to: number) => {
              begun.push(to);
              await door.promise;
            },
          },
        },
      })),
    );
    const write = (value: number) => bench.ask({ op: 'writeproperty', name: 'angle', value });
    const first = write(1);
    const second = refusal(write(2));
    await bench.site.remove('bench');
    door.resolve();
    await first;
    expect((await second).code).to.equal('unavailable');
    expect(begun).to.deep.equal([1]);
  });
});
