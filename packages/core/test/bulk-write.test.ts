import { expect } from 'chai';
import { of } from 'rxjs';
import * as t from 'typebox';
import { defineThing, expose, type PolicyQuestion, state, ThingError } from '../src/index.js';
import { openWorkbench, refusal } from './workbench.js';

const Servo = defineThing({
  title: 'Servo',
  properties: {
    angle: { schema: t.Integer({ maximum: 90 }) },
    mode: { schema: t.Enum(['auto', 'manual']) },
    pin: { schema: t.String(), writeOnly: true },
    load: { schema: t.Number(), readOnly: true },
  },
});

function servo(move: (angle: number) => number | void | Promise<number | void> = (angle) => angle) {
  const mode = state<'auto' | 'manual'>('auto');
  const pins: string[] = [];
  const exposure = expose(Servo, () => ({
    properties: {
      angle: { value: of(0), write: move },
      mode,
      pin: { write: (pin) => void pins.push(pin) },
      load: of(1),
    },
  }));
  return { mode, pins, exposure };
}

describe('Writing all properties', () => {
  it('sets every writable one and answers those that are confirmed', async () => {
    const { mode, pins, exposure } = servo();
    await using bench = openWorkbench(exposure);
    const answer = await bench.ask({ op: 'writeallproperties', values: { angle: 10, mode: 'manual', pin: '1' } });
    expect(answer).to.deep.equal({ values: { angle: 10, mode: 'manual' } });
    expect([mode.get(), pins]).to.deep.equal(['manual', ['1']]);
  });

  it('is invalid if one is missing', async () => {
    const { mode, exposure } = servo();
    await using bench = openWorkbench(exposure);
    const error = await refusal(bench.ask({ op: 'writeallproperties', values: { mode: 'manual' } }));
    expect([error.code, Object.keys(error.errors ?? {})]).to.deep.equal(['invalid', ['angle', 'pin']]);
    expect(error.detail).to.equal("Property 'angle' of 'Servo' is missing; Property 'pin' of 'Servo' is missing");
    expect(mode.get()).to.equal('auto');
  });
});

describe('Writing multiple properties', () => {
  const write = (values: object) => ({ op: 'writemultipleproperties', values: { ...values } }) as const;

  it('checks everything before it writes anything', async () => {
    const { mode, exposure } = servo();
    await using bench = openWorkbench(exposure);
    for (const bad of [{ angle: 91 }, { load: 1 }, { speed: 1 }, JSON.parse('{"__proto__": 1}'), { constructor: 1 }]) {
      const error = await refusal(bench.ask(write({ mode: 'manual', ...bad })));
      expect(error.code).to.equal('invalid');
      expect(Object.keys(error.errors ?? {})).to.deep.equal(Object.keys(bad));
    }
    expect(mode.get()).to.equal('auto');
  });

  it('tells no more than a hundred refusals, however many names there are', async () => {
    await using bench = openWorkbench(servo().exposure);
    const values = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`name ${i}`, i]));
    const error = await refusal(bench.ask({ op: 'writemultipleproperties', values }));
    expect([error.code, Object.keys(error.errors ?? {}).length]).to.deep.equal(['invalid', 100]);
  });

  it('is invalid without values', async () => {
    await using bench = openWorkbench(servo().exposure);
    expect((await refusal(bench.ask(write({})))).code).to.equal('invalid');
  });

  it('answers no value for what is not confirmed', async () => {
    await using bench = openWorkbench(servo(() => undefined).exposure);
    expect(await bench.ask(write({ angle: 5, pin: '1' }))).to.deep.equal({ values: {} });
  });

  it('asks for the operation and for each property, and writes nothing if one is forbidden', async () => {
    const asked: (string | undefined)[][] = [];
    const policy = ({ operation, affordance }: PolicyQuestion): boolean => {
      asked.push([operation, affordance]);
      return affordance !== 'angle';
    };
    const { mode, exposure } = servo();
    await using bench = openWorkbench(exposure, { policy });
    const error = await refusal(bench.ask(write({ mode: 'manual', angle: 1 })));
    expect([error.code, error.detail]).to.deep.equal([
      'forbidden',
      "user:ada may not writeproperty 'angle' of 'Servo'",
    ]);
    expect(asked).to.deep.equal([
      ['writemultipleproperties', undefined],
      ['writeproperty', 'mode'],
      ['writeproperty', 'angle'],
    ]);
    expect(mode.get()).to.equal('auto');
  });

  it('tells exactly what was written when it fails in part', async () => {
    const stuck = new ThingError('unavailable', 'The motor did not move');
    const failures = [
      () => Promise.reject(stuck),
      () => {
        throw stuck;
      },
    ];
    for (const move of failures) {
      const { mode, exposure } = servo(move);
      await using bench = openWorkbench(exposure);
      const error = await refusal(bench.ask(write({ angle: 5, mode: 'manual' })));
      expect([error.code, error.detail]).to.deep.equal(['failed', 'The motor did not move']);
      expect(error.values).to.deep.equal({ mode: 'manual' });
      expect(error.errors).to.deep.equal({ angle: stuck });
      expect(mode.get()).to.equal('manual');
    }
  });

  it('carries no values when nothing was written', async () => {
    await using bench = openWorkbench(servo(() => Promise.reject('stuck')).exposure);
    const error = await refusal(bench.ask(write({ angle: 5 })));
    expect([error.detail, error.values]).to.deep.equal(["Property 'angle' of 'Servo' could not be written", undefined]);
  });
});

describe('Properties named as the members of a prototype', () => {
  const Odd = defineThing({
    title: 'Odd',
    properties: { ['__proto__']: { schema: t.Integer() }, constructor: { schema: t.Integer() } },
  });
  const own = (json: string): Record<string, unknown> => JSON.parse(json);

  it('are properties like any other', async () => {
    const [proto, builder] = [state(1), state(2)];
    await using bench = openWorkbench(
      expose(Odd, () => ({ properties: { ['__proto__']: proto, constructor: builder } })),
    );
    const { values } = await bench.ask({ op: 'readallproperties' });
    expect(JSON.stringify(values)).to.equal('{"__proto__":1,"constructor":2}');
    const answer = await bench.ask({
      op: 'writeallproperties',
      values: own('{"__proto__":3,"constructor":4}'),
    });
    expect(JSON.stringify(answer.values)).to.equal('{"__proto__":3,"constructor":4}');
    expect([proto.get(), builder.get()]).to.deep.equal([3, 4]);
    const error = await refusal(
      bench.ask({ op: 'writemultipleproperties', values: own('{"__proto__":"x","constructor":4}') }),
    );
    expect(Object.keys(error.errors ?? {})).to.deep.equal(['__proto__']);
  });
});
