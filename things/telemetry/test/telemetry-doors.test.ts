import { SESSION_COOKIE } from '@thingwright/listener';
import { expect } from 'chai';
import { connect, letIn, PUBLISHER, READER, serveTelemetry } from './served-telemetry.js';

const GUIDE = { device_id: 'ems_001', timestamp: '2026-02-03T12:00:00Z', battery: { voltage: 53.2, soc: 85 } };
const withCharge = (soc: number) => ({ ...GUIDE, battery: { voltage: 53.2, soc } });
const DEVICE = '/ws/device/ems_001';
const DASHBOARD = '/ws/dashboard/ems_001';
const BEARER = `bearer.${Buffer.from('reader-token').toString('base64url')}`;

describe('The doors of telemetry', () => {
  it('T1, T5: answer 403 to missing, malformed, unknown and wrong alike', async () => {
    await using served = await serveTelemetry();
    const refused = [
      await connect(`${served.url}${DEVICE}`),
      await connect(`${served.url}${DASHBOARD}`),
      await connect(`${served.url}${DEVICE}`, { headers: { Authorization: 'device-token' } }),
      await connect(`${served.url}${DEVICE}`, { headers: { Authorization: 'Bearer wrong' } }),
      await connect(`${served.url}${DEVICE}`, { headers: { Authorization: 'Bearer guest' } }),
      await connect(`${served.url}/ws/device/unknown`, PUBLISHER),
      await connect(`${served.url}/ws/device/unknown`, READER),
      await connect(`${served.url}/ws/dashboard/unknown`, READER),
      await connect(`${served.url}${DASHBOARD}`, PUBLISHER),
    ];
    expect(refused).to.deep.equal(Array(9).fill(403));
    expect(served.kind.refused).to.equal(9);
  });

  it('T1: answer with an empty body', async () => {
    await using served = await serveTelemetry();
    const { hostname, port } = new URL(served.http);
    const { request } = await import('node:http');
    const answer = await new Promise<{ status: number | undefined; body: string }>((resolve) => {
      const asked = request({
        hostname,
        port,
        path: DEVICE,
        headers: {
          Connection: 'Upgrade',
          Upgrade: 'websocket',
          'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        },
      });
      asked.on('response', (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, body }));
      });
      asked.end();
    });
    expect(answer).to.deep.equal({ status: 403, body: '' });
  });

  it('answer 503 while it cannot be told who asks', async () => {
    await using served = await serveTelemetry();
    expect(await connect(`${served.url}${DASHBOARD}`, { headers: { Authorization: 'Bearer unable' } })).to.equal(503);
  });

  it("T8: let the guide's publisher in: header, then a loop of text frames, each taken, nothing echoed", async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    for (let i = 0; i < 3; i++) {
      await publisher.send(GUIDE);
      served.timer.pass(1100);
    }
    expect(publisher.heard).to.deep.equal([]);
    expect(await served.read('telemetry')).to.deep.equal({
      ...GUIDE,
      receivedAt: '2026-02-03T12:00:02.200Z',
      quality: 'good',
    });
    expect(await served.read('batterySoc')).to.equal(85);
    expect(await served.read('connection')).to.include({ state: 'OPEN', stale: false, rateHz: 0.91 });
  });

  it('T2, T3: serve the dashboard hook on the device door with the login cookie and our own origin only', async () => {
    await using served = await serveTelemetry();
    const cookie = { Cookie: `${SESSION_COOKIE}=reader-token` };
    for (const path of [DEVICE, DASHBOARD]) {
      await using reader = await letIn(`${served.url}${path}`, { headers: { ...cookie, Origin: served.http } });
      expect(reader.websocket.protocol).to.equal('');
      const foreign = { headers: { ...cookie, Origin: 'http://evil.example' } };
      expect(await connect(`${served.url}${path}`, foreign)).to.equal(403);
    }
  });

  it('T2: take a credential as sub-protocol, select the plain name beside it and never echo it', async () => {
    await using served = await serveTelemetry();
    for (const path of [DEVICE, DASHBOARD]) {
      await using reader = await letIn(`${served.url}${path}`, {}, ['telemetry', BEARER]);
      expect(reader.websocket.protocol).to.equal('telemetry');
    }
    const wrong = `bearer.${Buffer.from('device-token').toString('base64url')}`;
    expect(await connect(`${served.url}${DEVICE}`, {}, ['telemetry', wrong]), 'no publisher that way').to.equal(403);
  });

  it('let an Authorization header decide alone', async () => {
    await using served = await serveTelemetry();
    const headers = { Authorization: 'Bearer wrong', Cookie: `${SESSION_COOKIE}=reader-token`, Origin: served.http };
    expect(await connect(`${served.url}${DEVICE}`, { headers })).to.equal(403);
  });

  it('T14: give readers whole payloads: the latest at once, then changes, then a heartbeat', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    await using early = await letIn(`${served.url}${DASHBOARD}`, READER);
    await publisher.send(GUIDE);
    expect(await early.next()).to.deep.equal(GUIDE);
    await using late = await letIn(`${served.url}${DEVICE}`, READER);
    expect(await late.next()).to.deep.equal(GUIDE);
    served.timer.pass(1000);
    await publisher.send({ ...GUIDE, timestamp: '2026-02-03T12:00:01Z' });
    await publisher.send(withCharge(84));
    expect([await early.next(), await late.next()]).to.deep.equal([withCharge(84), withCharge(84)]);
    served.timer.pass(10_000);
    expect(await early.next()).to.deep.equal(withCharge(84));
    expect(early.heard).to.have.length(3);
  });

  it('keep readers while the device goes, comes back and is replaced; ignore what they send', async () => {
    await using served = await serveTelemetry();
    await using reader = await letIn(`${served.url}${DEVICE}`, READER);
    const first = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    await first.send(GUIDE);
    await reader.next();
    const gone = served.next('disconnected');
    await first[Symbol.asyncDispose]();
    expect(await gone).to.deep.equal({ code: 1006, reason: '' });
    expect(served.kind.isConnected('ems_001')).to.equal(false);
    await reader.send({ ...GUIDE, battery: { voltage: 1, soc: 1 } });
    await reader.send('not JSON');
    served.timer.pass(1000);
    await using second = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    await using third = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    expect(await second.closed).to.deep.equal({ code: 1008, reason: 'replaced' });
    await third.send(withCharge(50));
    expect(await reader.next()).to.deep.equal(withCharge(50));
    expect(await served.read('connection')).to.include({ state: 'OPEN', rejected: 0 });
  });

  it('T4: do not let the late close of a replaced socket end its successor', async () => {
    await using served = await serveTelemetry();
    await using first = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    await first.send(GUIDE);
    await using second = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    await first.closed;
    await second.send(GUIDE);
    expect(await served.read('connection')).to.include({ state: 'OPEN' });
    expect(served.kind.isConnected('ems_001')).to.equal(true);
  });

  it('T4: answer 409 to a party that keeps displacing another, and tell it', async () => {
    await using served = await serveTelemetry();
    const told = served.next('duplicateIdentity');
    const answers = [];
    for (const localAddress of ['127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.3', '127.0.0.2']) {
      const answer = await connect(`${served.url}${DEVICE}`, { ...PUBLISHER, localAddress });
      answers.push(typeof answer === 'number' ? answer : 101);
    }
    expect(answers).to.deep.equal([101, 101, 101, 101, 409]);
    expect(await told).to.equal(undefined);
  });

  it('T9: answer a wrong path with 404', async () => {
    await using served = await serveTelemetry();
    expect(await connect(`${served.url}/ws/devices/ems_001`, PUBLISHER)).to.equal(404);
  });

  it('T17: drop, count and tell frames of another device_id, binary frames and what is no JSON; keep the connection', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    for (const [i, bad] of [{ ...GUIDE, device_id: 'ems_002' }, '{"device_id": NaN'].entries()) {
      const told = served.next('invalidFrame');
      await publisher.send(bad);
      expect(await told).to.include({ count: i + 1 });
    }
    const told = served.next('invalidFrame');
    publisher.websocket.send(Buffer.from(JSON.stringify(GUIDE)), { binary: true });
    expect(await told).to.deep.equal({ reason: 'a binary frame', count: 3 });
    await publisher.send(GUIDE);
    expect(await served.read('connection')).to.include({ state: 'OPEN', rejected: 3 });
  });

  it('close with 1007 after 20 invalid frames in a row, not before', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    for (let i = 0; i < 19; i++) await publisher.send('x');
    await publisher.send(GUIDE);
    for (let i = 0; i < 19; i++) await publisher.send('x');
    expect(publisher.websocket.readyState).to.equal(1);
    const told = served.next('disconnected');
    await publisher.send('x');
    expect((await publisher.closed).code).to.equal(1007);
    expect(await told).to.deep.equal({ code: 1007, reason: '20 invalid frames in a row' });
  });

  it('close with 1009 for a frame above 64 KiB', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    const fill = (length: number) => ({ ...GUIDE, fill: 'x'.repeat(length) });
    await publisher.send(fill(65_536 - JSON.stringify(fill(0)).length));
    expect(publisher.websocket.readyState).to.equal(1);
    publisher.websocket.send(JSON.stringify(fill(65_537 - JSON.stringify(fill(0)).length)));
    expect((await publisher.closed).code).to.equal(1009);
  });

  it('T19: forget readers that vanish', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    for (let i = 0; i < 5; i++) {
      const reader = await letIn(`${served.url}${DASHBOARD}`, READER);
      await reader[Symbol.asyncDispose]();
    }
    await using reader = await letIn(`${served.url}${DASHBOARD}`, READER);
    await publisher.send(GUIDE);
    expect(await reader.next()).to.deep.equal(GUIDE);
  });

  it('close a publisher with 1008 when its token is rotated', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    served.revocations.next({ name: 'ems_001', reason: 'rotated' });
    expect(await publisher.closed).to.deep.equal({ code: 1008, reason: 'rotated' });
  });

  it('close a reader with 1008 when its session ends', async () => {
    await using served = await serveTelemetry();
    await using reader = await letIn(`${served.url}${DASHBOARD}`, READER);
    served.session.abort();
    expect((await reader.closed).code).to.equal(1008);
    expect(await connect(`${served.url}${DASHBOARD}`, READER)).to.equal(403);
  });

  it('close publisher and readers with 1008 when the device is removed', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    await using reader = await letIn(`${served.url}${DASHBOARD}`, READER);
    await served.remove('ems_001');
    expect([(await publisher.closed).code, (await reader.closed).code]).to.deep.equal([1008, 1008]);
    expect(await connect(`${served.url}${DEVICE}`, PUBLISHER)).to.equal(403);
  });

  it('close all with 1001 when the server shuts down', async () => {
    await using served = await serveTelemetry();
    await using publisher = await letIn(`${served.url}${DEVICE}`, PUBLISHER);
    await using reader = await letIn(`${served.url}${DASHBOARD}`, READER);
    await served.stop();
    expect([(await publisher.closed).code, (await reader.closed).code]).to.deep.equal([1001, 1001]);
  });
});
