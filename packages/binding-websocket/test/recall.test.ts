import { expect } from 'chai';
import { serveVent } from './fixture/serve-vent.js';
import { createSlowMemory } from './fixture/slow-memory.js';

const lastNotificationID = '2026-03-04T12:00:00.000000Z';

describe('what a reader missed, where it has to be looked up', () => {
  it('comes after the answer and before what happens meanwhile, each once', async () => {
    const slow = createSlowMemory();
    await using vent = await serveVent({ memory: slow.memory });
    await using consumer = await vent.dial();
    consumer.send('observeproperty', { name: 'wind', lastNotificationID });
    while (slow.asked === 0) await new Promise(setImmediate);
    vent.wind.set(11);
    vent.wind.set(12);
    await slow.answer(1, 2);
    vent.wind.set(13);
    expect(await consumer.next()).to.include({ messageType: 'response', resume: 'complete' });
    vent.wind.set(14);
    const values = [];
    for (let i = 0; i < 6; i++) values.push((await consumer.next()).value);
    expect(values).to.deep.equal([1, 2, 11, 12, 13, 14]);
  });

  it('is not overtaken by the end of the observation, nor by another one', async () => {
    const slow = createSlowMemory();
    await using vent = await serveVent({ memory: slow.memory });
    await using consumer = await vent.dial();
    const first = consumer.send('observeproperty', { name: 'wind', lastNotificationID });
    const end = consumer.send('unobserveproperty', { name: 'wind' });
    const second = consumer.send('observeallproperties');
    const third = consumer.send('unobserveproperty', { name: 'wind' });
    const other = consumer.send('readproperty', { name: 'angle' });
    expect(await consumer.next()).to.include({ correlationID: other.correlationID });
    await slow.answer(1);
    expect(await consumer.next()).to.include({ correlationID: first.correlationID, messageType: 'response' });
    expect(await consumer.next()).to.include({ value: 1, messageType: 'notification' });
    for (const { correlationID } of [end, second, third]) {
      expect(await consumer.next()).to.include({ correlationID, messageType: 'response' });
    }
    vent.wind.set(20);
    vent.angle.set(21);
    expect(await consumer.next()).to.include({ name: 'angle', value: 21 });
  });

  it('is for nobody who has left', async () => {
    const slow = createSlowMemory();
    await using vent = await serveVent({ memory: slow.memory });
    {
      await using consumer = await vent.dial();
      consumer.send('observeproperty', { name: 'wind', lastNotificationID });
      consumer.send('observeallproperties');
      while (slow.asked === 0) await new Promise(setImmediate);
    }
    await using other = await vent.dial();
    await slow.answer(1);
    await other.ask('observeproperty', { name: 'wind' });
    vent.wind.set(9);
    expect(await other.next()).to.include({ value: 9 });
  });
});
