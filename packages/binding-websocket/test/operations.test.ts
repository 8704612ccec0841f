import { type Context, createMeter } from '@thingwright/core';
import { expect } from 'chai';
import { serveVent, VENT_ID } from './fixture/serve-vent.js';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('operations over a socket', () => {
  it('answers a read with value, name, time and the same correlationID', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    const { messageID, correlationID } = consumer.send('readproperty', { name: 'wind' });
    const answer = await consumer.next();
    expect(answer).to.include({
      thingID: VENT_ID,
      messageType: 'response',
      operation: 'readproperty',
      name: 'wind',
      value: 1.5,
      correlationID,
    });
    expect(answer.messageID).to.match(UUID_V4).and.not.equal(messageID);
    expect(answer.timestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('hands on where a request belongs among those of other programs, but not in strict mode', async () => {
    const stated = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'lab=1' };
    for (const strict of [false, true]) {
      const seen: (Context['trace'] | 'none')[] = [];
      await using vent = await serveVent({
        strict,
        trace({ context }, perform) {
          seen.push(context.trace ?? 'none');
          return perform();
        },
      });
      await using consumer = await vent.dial();
      expect((await consumer.ask('readproperty', { name: 'wind', ...stated })).value).to.equal(1.5);
      await consumer.ask('readproperty', { name: 'wind', traceparent: 5 });
      expect(seen).to.deep.equal(strict ? ['none', 'none'] : [stated, 'none']);
    }
  });

  it('counts sockets, subscriptions and operations as long as they are there', async () => {
    const meter = createMeter();
    await using vent = await serveVent({ meter });
    const read = (name: string, labels: Record<string, string> = { binding: 'websocket' }) =>
      meter.read(`thingwright_${name}`, labels);
    const sockets = () => read('websockets', { dialect: 'webthingprotocol' });
    const consumer = await vent.dial();
    await consumer.ask('observeproperty', { name: 'wind' });
    await consumer.ask('observeproperty', { name: 'wind' });
    expect([sockets(), read('subscriptions')]).to.deep.equal([1, 1]);
    vent.wind.set(2);
    await consumer.next();
    expect(read('notifications_sent_total')).to.equal(1);
    await consumer.ask('unobserveproperty', { name: 'wind' });
    expect(read('subscriptions')).to.equal(0);
    await consumer.ask('observeproperty', { name: 'wind' });
    await consumer[Symbol.asyncDispose]();
    while (sockets() !== 0) await new Promise((resolve) => setImmediate(resolve));
    expect(read('subscriptions')).to.equal(0);
    const labels = { operation: 'observeproperty', binding: 'websocket', result: 'done' };
    expect(read('operations_total', labels)).to.equal(3);
  });

  it('invents no correlationID', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    consumer.send('readproperty', { name: 'wind', correlationID: undefined });
    expect(await consumer.next()).not.to.have.property('correlationID');
  });

  it('confirms a write with the value really set', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    expect((await consumer.ask('writeproperty', { name: 'angle', value: 41.3 })).value).to.equal(41.5);
  });

  it('answers a write that cannot be confirmed without value', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    const answer = await consumer.ask('writeproperty', { name: 'servicePin', value: '4711' });
    expect(answer).not.to.have.any.keys('value', 'error');
  });

  it('names every fault of a value that breaks its schema, and changes nothing', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    const answer = await consumer.ask('writemultipleproperties', { values: { angle: 700, mode: 'auto', wind: 1 } });
    expect(answer.error).to.deep.include({ status: 400 });
    expect(answer.error).to.have.property('errors').that.has.keys('angle', 'wind');
    expect(answer).not.to.have.property('values');
    expect((await consumer.ask('readproperty', { name: 'mode' })).value).to.equal('manual');
  });

  it('tells which writes of a bulk went through when one fails', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    const answer = await consumer.ask('writemultipleproperties', { values: { angle: 13, mode: 'auto' } });
    expect(answer.error).to.deep.include({ status: 500 });
    expect(answer.values).to.deep.equal({ mode: 'auto' });
  });

  it('keeps the order of writes to one property and lets reads overtake', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    for (const value of [10, 20, 30]) consumer.send('writeproperty', { name: 'angle', value });
    consumer.send('readproperty', { name: 'wind' });
    const answers = [await consumer.next(), await consumer.next(), await consumer.next(), await consumer.next()];
    expect(answers.map((answer) => answer.value)).to.deep.equal([1.5, 10, 20, 30]);
    expect(vent.angle.get()).to.equal(30);
  });

  it('uses 404 for an unknown name alone and 400 for one in a bulk', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    const one = await consumer.ask('readproperty', { name: 'constructor' });
    const many = await consumer.ask('readmultipleproperties', { names: ['angle', '__proto__'] });
    expect(one.error).to.include({ status: 404 });
    expect(one.name).to.equal('constructor');
    expect(many.error).to.include({ status: 400 });
  });

  it('runs synchronous actions to their end and reports their refusal', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    const good = await consumer.ask('invokeaction', { name: 'beep', input: { times: 2 } });
    expect(good).to.include({ output: true });
    expect(good).not.to.have.property('status');
    const refused = await consumer.ask('invokeaction', { name: 'beep', input: { times: 10 } });
    expect(refused.error).to.include({ status: 503, detail: 'The sounder is tired' });
  });

  it('answers asynchronous actions at once and queries, lists and cancels them', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    const accepted = await consumer.ask('invokeaction', { name: 'sweep', input: { to: 3 } });
    expect(accepted.status).to.include({ state: 'pending' });
    const actionID = statusOf(accepted).actionID;
    expect((await consumer.ask('queryaction', { actionID })).status).to.include({ state: 'running' });
    const all = await consumer.ask('queryallactions');
    expect(all.statuses).to.have.keys('sweep', 'beep');
    const cancelled = await consumer.ask('cancelaction', { actionID });
    expect(cancelled).to.include({ actionID });
    expect(cancelled).not.to.have.any.keys('name', 'status', 'error');
    expect((await consumer.ask('queryaction', { actionID })).error).to.include({ status: 404 });
    expect((await consumer.ask('cancelaction', { actionID })).error).to.include({ status: 404 });
  });

  it('shows a late failure in queryaction only', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    const accepted = await consumer.ask('invokeaction', { name: 'sweep', input: { to: 3 } });
    vent.sweeps[0]?.fail(new Error('secret inner reason'));
    const { actionID } = statusOf(accepted);
    const answer = await consumer.ask('queryaction', { actionID });
    expect(answer.status).to.include({ state: 'failed' });
    expect(JSON.stringify(answer)).not.to.contain('secret');
    expect((await consumer.ask('cancelaction', { actionID })).error).to.include({ status: 409 });
    expect(consumer.waiting).to.be.empty;
  });

  it('writes values above ASCII so that they arrive as they were', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    const value = 'Lüftung 通風 \u{1f600} "\\ \u0007';
    expect((await consumer.ask('writeproperty', { name: 'note', value })).value).to.equal(value);
    expect((await consumer.ask('readproperty', { name: 'note' })).value).to.equal(value);
  });
});

function statusOf(message: Record<string, unknown>): { readonly actionID: string } {
  const { status } = message;
  if (typeof status !== 'object' || status === null || !('actionID' in status)) throw new Error('no status');
  return { actionID: String(status.actionID) };
}
