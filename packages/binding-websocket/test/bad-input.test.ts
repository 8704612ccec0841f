import { once } from 'node:events';
import { expect } from 'chai';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { serveVent, VENT_ID } from './fixture/serve-vent.js';

describe('bad input over a socket', () => {
  it('answers what is no request with 400, and the socket lives', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    for (const frame of ['no json', '[]', '3', '"text"', 'null', '{}', '{"thingID":3}']) {
      consumer.ws.send(frame);
      const answer = await consumer.next();
      expect(answer.error, frame).to.include({ status: 400 });
      expect(answer).to.include({ messageType: 'response', thingID: VENT_ID });
      expect(answer).not.to.have.property('operation');
    }
    expect(await consumer.ask('readproperty', { name: 'wind' })).to.include({ value: 1.5 });
  });

  it('echoes what it could read of a faulty request', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    const unknown = await consumer.ask('dance', { name: 'wind' });
    expect(unknown).to.include({ operation: 'dance', name: 'wind' });
    expect(unknown.error).to.include({ status: 400 });
    const missing = await consumer.ask('writeproperty', { name: 'angle' });
    expect(missing.error).to.include({ status: 400 });
    const foreign = await consumer.ask('readproperty', { name: 'wind', thingID: 'urn:uuid:not-here' });
    expect(foreign.error).to.include({ status: 404 });
    expect(foreign.thingID).to.equal('urn:uuid:not-here');
  });

  it('closes with 1003 for binary, 1009 for a huge frame, 1007 for bad UTF-8', async () => {
    await using vent = await serveVent({}, { frameSize: 1000 });
    for (const [frame, binary, code] of [
      [Buffer.from('{}'), true, 1003],
      [Buffer.alloc(2000, 32), false, 1009],
      [Buffer.from([0x22, 0xff, 0x22]), false, 1007],
    ] as const) {
      await using consumer = await vent.dial();
      consumer.ws.send(frame, { binary });
      expect((await consumer.closed).code).to.equal(code);
    }
  });

  it('closes with 1008 after 20 unusable frames in a row', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    for (let i = 0; i < 19; i++) consumer.ws.send('x');
    await consumer.ask('readproperty', { name: 'wind' });
    for (let i = 0; i < 20; i++) consumer.ws.send('x');
    expect((await consumer.closed).code).to.equal(1008);
  });

  it('refuses a flood with 429 and says when to come back', async () => {
    await using vent = await serveVent({}, { messagesPerSecond: 5 });
    await using consumer = await vent.dial();
    const statuses = [];
    for (let i = 0; i < 8; i++) consumer.send('readproperty', { name: 'wind' });
    for (let i = 0; i < 8; i++) statuses.push((await consumer.next()).error);
    expect(statuses[0]).to.equal(undefined);
    expect(statuses[7]).to.include({ status: 429, retryAfter: 1 });
  });

  it('answers whatever JSON it is sent, once each', async () => {
    await using vent = await serveVent({}, { unusableFrames: Number.POSITIVE_INFINITY });
    await using consumer = await vent.dial();
    const member = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(VENT_ID, 'request', 'readproperty', 'wind', 'invokeaction'),
    );
    const keys = fc.constantFrom(
      'thingID',
      'messageID',
      'messageType',
      'operation',
      'name',
      'names',
      'values',
      'value',
      'actionID',
      'input',
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keys, member), async (message) => {
        consumer.ws.send(JSON.stringify(message));
        expect((await consumer.next()).messageType).to.equal('response');
      }),
      { numRuns: 300 },
    );
    expect(consumer.waiting).to.be.empty;
  });

  it('survives values nested so deep, or so odd, that they cannot be written again', async () => {
    await using vent = await serveVent();
    await using consumer = await vent.dial();
    await consumer.ask('observeallproperties');
    const nested = '['.repeat(50_000) + ']'.repeat(50_000);
    consumer.ws.send(
      `{"thingID":"${VENT_ID}","messageID":"m","messageType":"request","operation":"writeproperty","value":${nested}}`,
    );
    expect((await consumer.next()).error).to.include({ status: 400 });
    vent.blueprint.set(loop());
    expect((await consumer.ask('readproperty', { name: 'blueprint' })).error).to.include({ status: 500 });
    vent.wind.set(9);
    expect(await consumer.next()).to.include({ name: 'wind', value: 9 });
  });

  it('refuses upgrades without the sub-protocol, to unknown Things, or without credentials', async () => {
    await using vent = await serveVent({
      authenticate: (c) => (c.kind === 'bearer' && c.token === 'good' ? WHO : undefined),
    });
    const url = vent.url.replace('http', 'ws');
    const authorization = { headers: { authorization: 'Bearer good' } };
    expect(await refusal(`${url}/things`, ['webthingprotocol'], {})).to.equal(401);
    expect(await refusal(`${url}/things`, ['other'], authorization)).to.equal(400);
    expect(await refusal(`${url}/things/nobody`, ['webthingprotocol'], authorization)).to.equal(404);
    await using consumer = await vent.dial('/things', authorization);
    expect(await consumer.ask('readproperty', { name: 'wind' })).to.include({ value: 1.5 });
  });
});

/** A value that contains itself. */
function loop(): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  value.self = value;
  return value;
}

const WHO = { principal: { id: 'user:ada', kind: 'user', grants: [] } } as const;

async function refusal(url: string, protocols: string[], options: object): Promise<number | undefined> {
  const ws = new WebSocket(url, protocols, options);
  ws.on('error', () => {});
  const [, response] = await once(ws, 'unexpected-response');
  response.resume();
  ws.terminate();
  return response.statusCode;
}
