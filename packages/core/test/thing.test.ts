import { expect } from 'chai';
import { NEVER, of } from 'rxjs';
import * as t from 'typebox';
import { defineThing, expose, OPERATION_NAMES, type Operation, type PolicyQuestion } from '../src/index.js';
import { ADA, openWorkbench, refusal } from './workbench.js';

const Lamp = defineThing({
  title: 'Lamp',
  properties: { on: { schema: t.Boolean() } },
  actions: { fade: {}, blink: { synchronous: true } },
  events: { burntOut: {} },
});

const lamp = expose(Lamp, () => ({
  properties: { on: { value: of(true), write: (on: boolean) => on } },
  actions: { fade: () => new Promise<void>(() => undefined), blink: () => undefined },
  events: { burntOut: NEVER },
}));

/** Each operation once, as far as a caller needs permission for it. */
const PROTECTED: readonly Operation[] = [
  { op: 'readproperty', name: 'on' },
  { op: 'writeproperty', name: 'on', value: true },
  { op: 'readallproperties' },
  { op: 'readmultipleproperties', names: ['on'] },
  { op: 'writeallproperties', values: { on: true } },
  { op: 'writemultipleproperties', values: { on: true } },
  { op: 'observeproperty', name: 'on' },
  { op: 'observeallproperties' },
  { op: 'invokeaction', name: 'fade' },
  { op: 'queryallactions' },
  { op: 'subscribeevent', name: 'burntOut' },
  { op: 'subscribeallevents' },
];

describe('A Thing', () => {
  it('asks the policy first, about every operation that does something', async () => {
    for (const operation of PROTECTED) {
      const asked: PolicyQuestion[] = [];
      const policy = (question: PolicyQuestion): boolean => asked.push(question) === 0;
      await using bench = openWorkbench(lamp, { policy });
      const error = await refusal(bench.ask(operation));
      expect([error.code, asked.length]).to.deep.equal(['forbidden', 1]);
      expect(asked[0]).to.deep.equal({
        principal: ADA,
        thing: { id: bench.thing.id, name: 'bench', model: bench.thing.model },
        operation: operation.op,
        ...('name' in operation ? { affordance: operation.name } : {}),
      });
    }
  });

  it('tells what fits what it declares, and nothing else does', async () => {
    await using bench = openWorkbench(lamp);
    const { thing } = bench;
    const values = [true, 1, undefined, { on: true }];
    expect(values.map((value) => thing.fits({ op: 'writeproperty', name: 'on', value }))).to.deep.equal([
      true,
      false,
      false,
      false,
    ]);
    const inputs = [undefined, null, {}];
    expect(inputs.map((input) => thing.fits({ op: 'invokeaction', name: 'fade', input }))).to.deep.equal([
      true,
      false,
      false,
    ]);
    for (const name of ['off', '__proto__', 'constructor']) {
      expect(thing.fits({ op: 'writeproperty', name, value: true })).to.equal(false);
      expect(thing.fits({ op: 'invokeaction', name })).to.equal(false);
    }
  });

  it('tells which invocations it keeps, also those that were cancelled', async () => {
    await using bench = openWorkbench(lamp);
    const actionID = await bench.invoke('fade');
    expect(bench.thing.keepsInvocation(actionID)).to.equal(true);
    await bench.ask({ op: 'cancelaction', actionID });
    expect(bench.thing.keepsInvocation(actionID)).to.equal(true);
    expect(bench.thing.keepsInvocation('toString')).to.equal(false);
  });

  it('knows what it does not have, whatever the name', async () => {
    await using bench = openWorkbench(lamp);
    for (const name of ['off', '', '__proto__', 'constructor', 'hasOwnProperty']) {
      for (const operation of [
        { op: 'readproperty', name },
        { op: 'writeproperty', name, value: 1 },
        { op: 'invokeaction', name },
      ] as const) {
        const error = await refusal(bench.ask(operation));
        const kind = operation.op === 'invokeaction' ? 'action' : 'property';
        expect([error.code, error.detail]).to.deep.equal(['notFound', `There is no ${kind} named '${name}' in 'Lamp'`]);
      }
    }
  });

  it('is no longer there once it is closed, and closes twice without complaint', async () => {
    await using bench = openWorkbench(lamp);
    await bench.thing[Symbol.asyncDispose]();
    await bench.thing[Symbol.asyncDispose]();
    for (const operation of PROTECTED) {
      expect(await refusal(bench.ask(operation))).to.include({ code: 'notFound', detail: "'Lamp' is no longer here" });
    }
  });

  it('has an answer for each of the 18 operations', async () => {
    await using bench = openWorkbench(lamp);
    const actionID = await bench.invoke('fade');
    const others: readonly Operation[] = [
      { op: 'unobserveproperty', name: 'on' },
      { op: 'unobserveallproperties' },
      { op: 'unsubscribeevent', name: 'burntOut' },
      { op: 'unsubscribeallevents' },
      { op: 'queryaction', actionID },
      { op: 'cancelaction', actionID },
    ];
    const done = new Set<string>();
    for (const operation of [...PROTECTED, ...others]) {
      expect(await bench.ask(operation)).to.be.an('object');
      done.add(operation.op);
    }
    expect([...done].sort()).to.deep.equal([...OPERATION_NAMES].sort());
  });
});

describe('Affordances named as the members of a prototype', () => {
  const Odd = defineThing({
    title: 'Odd',
    actions: { ['__proto__']: { synchronous: true, output: t.Integer() }, constructor: {} },
    events: { ['__proto__']: {}, toString: { data: t.Integer() } },
  });
  const odd = expose(Odd, () => ({
    actions: { ['__proto__']: () => 1, constructor: () => undefined },
    events: { ['__proto__']: NEVER, toString: of(1) },
  }));

  it('are actions and events like any other', async () => {
    await using bench = openWorkbench(odd);
    expect(await bench.ask({ op: 'invokeaction', name: '__proto__' })).to.deep.equal({ output: 1 });
    await bench.reached(await bench.invoke('constructor'), 'completed');
    const { statuses = {} } = await bench.ask({ op: 'queryallactions' });
    expect(Object.keys(statuses)).to.deep.equal(['__proto__', 'constructor']);
    const { names } = await bench.ask({ op: 'subscribeallevents' });
    expect(names).to.deep.equal(['__proto__', 'toString', 'actionStatus']);
  });
});
