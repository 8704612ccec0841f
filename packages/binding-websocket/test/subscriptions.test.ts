import { expect } from 'chai';
import { serveVent } from './fixture/serve-vent.js';

describe('subscriptions over a socket', () => {
  it('answers before the first notification, and gives all readers the same messageID', async () => {
    await using vent = await serveVent();
    await using one = await vent.dial();
    await using two = await vent.dial('/things/vent');
    const first = one.send('observeproperty', { name: 'wind' });
    const second = two.send('observeallproperties');
    expect(await one.next()).to.include({ messageType: 'response', correlationID: first.correlationID });
    expect(await two.next()).to.include({ messageType: 'response', correlationID: second.correlationID });
    vent.wind.set(8.4);
    const atOne = await one.next();
    const atTwo = await two.next();
    expect(atOne).to.include({
      operation: 'observeproperty',
      name: 'wind',
      value: 8.4,
      correlationID: first.correlationID,
    });
    expect(atTwo).to.include({ operation: 'observeallproperties', value: 8.4, correlationID: second.correlationID });
    expect(atOne.messageID).to.equal(atTwo.messageID);
  });

  it('sends one notification for one change, by the newest subscription', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    await consumer.ask('observeproperty', { name: 'wind' });
    await consumer.ask('observeallproperties');
    const { correlationID } = consumer.send('observeproperty', { name: 'wind' });
    await consumer.next();
    vent.wind.set(2);
    expect(await consumer.next()).to.include({ operation: 'observeproperty', correlationID });
    await consumer.ask('readproperty', { name: 'wind' });
    expect(consumer.waiting).to.be.empty;
  });

  it('says nothing for a value that is no change, and tells the writer too', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    await consumer.ask('observeproperty', { name: 'angle' });
    vent.angle.set(0);
    await consumer.ask('writeproperty', { name: 'angle', value: 30 });
    expect(await consumer.next()).to.include({ messageType: 'notification', value: 30 });
    expect(consumer.waiting).to.be.empty;
  });

  it('lets one go and keeps the others', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    await consumer.ask('observeallproperties');
    await consumer.ask('unobserveproperty', { name: 'wind' });
    vent.wind.set(3);
    vent.angle.set(5);
    expect(await consumer.next()).to.include({ name: 'angle', value: 5 });
    await consumer.ask('unobserveallproperties');
    vent.angle.set(6);
    await consumer.ask('unobserveallproperties');
    expect(consumer.waiting).to.be.empty;
  });

  it('carries event data, and none for an event without payload', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    await consumer.ask('subscribeallevents');
    vent.rain.next();
    vent.jammed.next({ angle: 44 });
    const rain = await consumer.next();
    expect(rain).to.include({ operation: 'subscribeallevents', name: 'rainStarted', messageType: 'notification' });
    expect(rain).not.to.have.any.keys('data', 'value');
    expect((await consumer.next()).data).to.deep.equal({ angle: 44 });
  });

  it('follows an invocation through actionStatus', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    await consumer.ask('subscribeevent', { name: 'actionStatus' });
    await consumer.ask('invokeaction', { name: 'sweep', input: { to: 3 } });
    vent.sweeps[0]?.finish();
    const states = [];
    for (let i = 0; i < 4; i++) states.push((await consumer.next()).data);
    expect(states[0]).to.include({ action: 'sweep', state: 'pending' });
    expect(states[1]).to.include({ action: 'sweep', state: 'running' });
    expect(states[2]).to.deep.include({ progress: { percent: 10 } });
    expect(states[3]).to.include({ state: 'completed' });
  });

  it('replays what was missed after a reconnect, with the old ids, before live notifications', async () => {
    await using vent = await serveVent();
    let lastNotificationID: unknown;
    {
      await using before = await vent.dial();
      await before.ask('observeproperty', { name: 'wind' });
      vent.wind.set(2);
      lastNotificationID = (await before.next()).messageID;
    }
    vent.wind.set(3);
    vent.angle.set(9);
    vent.wind.set(4);
    await using after = await vent.dial();
    const { correlationID } = after.send('observeproperty', { name: 'wind', lastNotificationID });
    expect(await after.next()).to.include({ messageType: 'response', resume: 'complete' });
    vent.wind.set(5);
    const values = [await after.next(), await after.next(), await after.next()];
    expect(values.map((message) => message.value)).to.deep.equal([3, 4, 5]);
    for (const message of values) expect(message).to.include({ correlationID, operation: 'observeproperty' });
  });

  it('says so when it cannot replay all', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    const lastNotificationID = '1f2bef51-42f5-4544-9a84-23b986bd414b';
    expect(await consumer.ask('subscribeallevents', { lastNotificationID })).to.include({ resume: 'gap' });
  });

  it('does not replay what this connection has had', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    await consumer.ask('observeproperty', { name: 'wind' });
    vent.wind.set(2);
    const lastNotificationID = (await consumer.next()).messageID;
    vent.wind.set(3);
    await consumer.next();
    expect(await consumer.ask('observeproperty', { name: 'wind', lastNotificationID })).to.include({
      resume: 'complete',
    });
    await consumer.ask('readproperty', { name: 'wind' });
    expect(consumer.waiting).to.be.empty;
  });

  it('are told once each that the Thing was removed; later requests are answered with 404', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    await using sole = await vent.dial('/things/vent');
    const all = consumer.send('observeallproperties');
    const one = consumer.send('subscribeevent', { name: 'jammed' });
    await consumer.ask('readproperty', { name: 'wind' });
    consumer.waiting.length = 0;
    await vent.site.remove('vent');
    const told = [await consumer.next(), await consumer.next()];
    expect(told.map(({ correlationID }) => correlationID)).to.have.members([all.correlationID, one.correlationID]);
    for (const { error, messageType } of told) {
      expect(messageType).to.equal('response');
      expect(error).to.include({ status: 404, detail: 'The Thing was removed' });
    }
    expect((await consumer.ask('readproperty', { name: 'wind' })).error).to.include({ status: 404 });
    expect(consumer.waiting).to.be.empty;
    expect(await sole.closed).to.deep.equal({ code: 1000, reason: 'the Thing was removed' });
  });

  it('fall silent in strict mode when the Thing is removed', async () => {
    await using vent = await serveVent({ strict: true });
    await using consumer = await vent.dial();
    await consumer.ask('observeallproperties');
    await vent.site.remove('vent');
    expect((await consumer.ask('readproperty', { name: 'wind' })).error).to.include({ status: 404 });
    expect(consumer.waiting).to.be.empty;
  });
});
