import { expect } from 'chai';
import { of } from 'rxjs';
import * as t from 'typebox';
import { defineThing, expose, type Model, state } from '../src/index.js';

const Lamp = defineThing({
  title: 'Lamp',
  properties: { on: { schema: t.Boolean() }, watts: { schema: t.Number(), readOnly: true } },
  actions: { fade: {}, blink: { synchronous: true } },
  events: { burntOut: {} },
});

describe('expose', () => {
  it('runs nothing before the Thing is opened', () => {
    const exposure = expose(Lamp, () => {
      throw new Error('too early');
    });
    expect(exposure.model).to.equal(Lamp);
    expect(() => exposure.implement()).to.throw('too early');
  });

  it('brings a bare stream and a bare handler into the long form', () => {
    const [on, watts, burntOut] = [state(true), of(5), of()];
    const [run, parts] = [() => undefined, { run: () => undefined, concurrency: 1 }];
    const handlers = expose(Lamp, () => ({
      properties: { on, watts },
      actions: { fade: run, blink: parts },
      events: { burntOut },
    })).implement();
    expect([...handlers.properties]).to.deep.equal([
      ['on', on],
      ['watts', { value: watts }],
    ]);
    expect([...handlers.actions]).to.deep.equal([
      ['fade', { run }],
      ['blink', parts],
    ]);
    expect([...handlers.events]).to.deep.equal([['burntOut', burntOut]]);
  });

  it('refuses an affordance without code, and code without an affordance, when it is opened', () => {
    // Behind the back of the compiler, as a program in JavaScript could.
    const loose: Model = { title: 'Loose', properties: { constructor: { schema: t.Boolean() } } };
    const from = (properties: object) => expose(loose, () => ({ properties: { ...properties } }));
    expect(() => from({}).implement()).to.throw(TypeError, "Thing 'Loose': properties 'constructor' has no code");
    expect(() => from({ constructor: of(1), toString: of(1) }).implement()).to.throw(
      TypeError,
      "Thing 'Loose': properties 'toString' is not in its Model",
    );
  });
});
