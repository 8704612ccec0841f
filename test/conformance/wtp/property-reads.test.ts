import { expect } from 'chai';
import { expectRefusal, expectSuccess, expectToFit } from '../fixture/checks.js';
import { at, isObject } from '../fixture/consumer.js';
import { openGreenhouse, VIEWER } from '../fixture/greenhouse.js';

describe('readproperty', () => {
  it('WTP-021: the property is read once for each request', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const first = await consumer.ask('readproperty', { name: 'temperature' });
    const second = await consumer.ask('readproperty', { name: 'temperature' });
    expect(house.vent.calls).to.deep.equal([
      { kind: 'read', name: 'temperature' },
      { kind: 'read', name: 'temperature' },
    ]);
    expect([first.value, second.value]).to.deep.equal([21, 22]);
  });

  it('WTP-022: one response with name and value answers it', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    house.vent.wind.set(6.8);
    const response = expectSuccess(await consumer.ask('readproperty', { name: 'wind' }));
    expect(response).to.include({ operation: 'readproperty', name: 'wind', value: 6.8 });
    await consumer.settle();
    expect(consumer.frames).to.have.length(2);
  });
});

describe('readallproperties', () => {
  it('WTP-030: every property that is not write-only is read', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    await consumer.ask('readallproperties');
    expect(house.vent.calls.map(({ kind, name }) => `${kind} ${name}`)).to.have.members([
      'read temperature',
      'read battery',
      'read forecast',
    ]);
  });

  it('WTP-031: values has exactly the readable properties, each fitting its schema', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const { values } = expectSuccess(await consumer.ask('readallproperties'));
    const td = await house.td();
    const readable = Object.entries(house.vent.model.properties)
      .filter(([, property]) => !('writeOnly' in property))
      .map(([name]) => name);
    expect(values).to.have.all.keys(readable);
    for (const name of readable) expectToFit(at(values, name), at(td, 'properties', name), name);
  });

  it('WTP-031: what the caller may not read is left out', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial(VIEWER);
    const { values } = expectSuccess(await consumer.ask('readallproperties'));
    expect(values).to.have.property('angle');
    expect(values).not.to.have.property('note');
  });

  it('WTP-032: a read that fails makes it an error with status 500', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    house.vent.trouble.temperature = true;
    expectRefusal(await consumer.ask('readallproperties'), 500);
  });
});

describe('readmultipleproperties', () => {
  it('WTP-035: the properties named are read, and no others', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    await consumer.ask('readmultipleproperties', { names: ['temperature', 'forecast'] });
    expect(house.vent.calls.map(({ name }) => name)).to.have.members(['temperature', 'forecast']);
  });

  it('WTP-036: values has exactly the names asked for', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const { values } = expectSuccess(await consumer.ask('readmultipleproperties', { names: ['angle', 'wind'] }));
    expect(values).to.deep.equal({ angle: 0, wind: 1.5 });
  });

  for (const [ids, what, names] of [
    ['WTP-037a', 'no name', []],
    ['WTP-037b', 'an unknown name', ['angle', 'nope']],
    ['WTP-037c', 'a write-only name', ['angle', 'servicePin']],
  ] as const) {
    it(`${ids}: ${what} is refused with 400`, async () => {
      await using house = await openGreenhouse();
      await using consumer = await house.dial();
      expectRefusal(await consumer.ask('readmultipleproperties', { names }), 400);
    });
  }

  it('WTP-038: a read that fails makes it an error with status 500', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    house.vent.trouble.temperature = true;
    const response = await consumer.ask('readmultipleproperties', { names: ['wind', 'temperature'] });
    expectRefusal(response, 500);
    if (response.values !== undefined) expect(response.values).to.satisfy(isObject);
  });
});
