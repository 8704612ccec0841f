import { expect } from 'chai';
import { expectRefusal, expectSuccess } from '../fixture/checks.js';
import { at, type Message } from '../fixture/consumer.js';
import { openGreenhouse } from '../fixture/greenhouse.js';
import { STUCK } from '../fixture/vent.js';

/** A value for every writable property. */
const ALL = { angle: 10, mode: 'auto', note: 'open', setpoint: 24, servicePin: '4711' };

const without = (name: string): Message => Object.fromEntries(Object.entries(ALL).filter(([key]) => key !== name));

describe('writeproperty', () => {
  it('WTP-024: the value arrives', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    await consumer.ask('writeproperty', { name: 'mode', value: 'auto' });
    expect(house.vent.calls).to.deep.equal([{ kind: 'write', name: 'mode', value: 'auto' }]);
    expect(await consumer.ask('readproperty', { name: 'mode' })).to.have.property('value', 'auto');
  });

  it('WTP-025: one response with the name answers it', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const response = expectSuccess(await consumer.ask('writeproperty', { name: 'mode', value: 'auto' }));
    expect(response).to.include({ operation: 'writeproperty', name: 'mode' });
    await consumer.settle();
    expect(consumer.frames).to.have.length(2);
  });

  it('WTP-026: a write that can be confirmed is answered with the value really set', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const written = await consumer.ask('writeproperty', { name: 'angle', value: 41.27 });
    const read = await consumer.ask('readproperty', { name: 'angle' });
    expect([written.value, read.value]).to.deep.equal([41.5, 41.5]);
  });

  for (const [name, value] of Object.entries({ servicePin: '4711', setpoint: 24 })) {
    it(`WTP-027: a write of ${name}, which cannot be confirmed, is answered without value`, async () => {
      await using house = await openGreenhouse();
      await using consumer = await house.dial();
      const response = expectSuccess(await consumer.ask('writeproperty', { name, value }));
      expect(house.vent.calls).to.deep.equal([{ kind: 'write', name, value }]);
      expect(response).not.to.have.property('value');
    });
  }
});

describe('writeallproperties', () => {
  it('WTP-041: every writable property is written once', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    expectSuccess(await consumer.ask('writeallproperties', { values: ALL }));
    expect(house.vent.calls).to.have.deep.members(
      Object.entries(ALL).map(([name, value]) => ({ kind: 'write', name, value })),
    );
  });

  it('WTP-042: values holds what was assigned, as a read then gives it', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const { values } = expectSuccess(await consumer.ask('writeallproperties', { values: { ...ALL, angle: 10.2 } }));
    expect(values).to.deep.equal({ angle: 10, mode: 'auto', note: 'open' });
    const read = await consumer.ask('readmultipleproperties', { names: ['angle', 'mode', 'note'] });
    expect(read.values).to.deep.equal(values);
  });

  for (const [ids, what, values] of [
    ...Object.keys(ALL).map((name) => ['WTP-043a', `leaving out ${name}`, without(name)] as const),
    ['WTP-043b', 'an unknown name', { ...ALL, nope: 1 }],
    ['WTP-043c', 'a read-only name', { ...ALL, wind: 1 }],
    ['WTP-043d', 'a value of the wrong type', { ...ALL, angle: 'high' }],
    ['WTP-043d', 'a value out of its limits', { ...ALL, angle: 91 }],
  ] as const) {
    it(`${ids}: ${what} is refused with 400, and nothing is written`, async () => {
      await using house = await openGreenhouse();
      await using consumer = await house.dial();
      expectRefusal(await consumer.ask('writeallproperties', { values }), 400);
      expect(house.vent.calls).to.deep.equal([]);
    });
  }

  it('WTP-044: a write that fails makes it an error with status 500', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    expectRefusal(await consumer.ask('writeallproperties', { values: { ...ALL, angle: STUCK } }), 500);
  });

  it('WTP-045: the error then has the values that were written, in their own types', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const response = await consumer.ask('writeallproperties', { values: { ...ALL, angle: STUCK } });
    expect(at(response, 'error', 'status')).to.equal(500);
    expect(response.values).to.deep.equal({ mode: 'auto', note: 'open' });
  });
});

describe('writemultipleproperties', () => {
  it('WTP-047: the properties named are written, and no others', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    await consumer.ask('writemultipleproperties', { values: { mode: 'auto', angle: 25 } });
    expect(house.vent.calls).to.have.deep.members([
      { kind: 'write', name: 'mode', value: 'auto' },
      { kind: 'write', name: 'angle', value: 25 },
    ]);
  });

  it('WTP-048: values holds what was assigned, as a read then gives it', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const response = await consumer.ask('writemultipleproperties', { values: { angle: 25.3, servicePin: '1' } });
    expect(expectSuccess(response).values).to.deep.equal({ angle: 25.5 });
    expect(await consumer.ask('readproperty', { name: 'angle' })).to.have.property('value', 25.5);
  });

  for (const [ids, what, values] of [
    ['WTP-049a', 'no value', {}],
    ['WTP-049b', 'an unknown name', { angle: 1, nope: 1 }],
    ['WTP-049c', 'a read-only name', { angle: 1, wind: 1 }],
    ['WTP-049d', 'a value that breaks its schema', { mode: 'auto', angle: 'x' }],
  ] as const) {
    it(`${ids}: ${what} is refused with 400, and nothing is written`, async () => {
      await using house = await openGreenhouse();
      await using consumer = await house.dial();
      expectRefusal(await consumer.ask('writemultipleproperties', { values }), 400);
      expect(house.vent.calls).to.deep.equal([]);
    });
  }

  it('WTP-050, WTP-051: a write that fails makes it an error with status 500 and the values written', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const response = await consumer.ask('writemultipleproperties', { values: { angle: STUCK, note: 'ajar' } });
    expectRefusal(response, 500);
    expect(response.values).to.deep.equal({ note: 'ajar' });
  });
});
