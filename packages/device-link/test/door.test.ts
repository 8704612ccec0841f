import { ThingError } from '@thingwright/core';
import {
  type Attempt,
  bearerToken,
  type DeviceIdentity,
  type Door,
  type DoorOptions,
  type Link,
  openDoor,
  type Revocation,
} from '@thingwright/device-link';
import { expect } from 'chai';
import { firstValueFrom, Subject } from 'rxjs';
import { type FakeTimer, fakeTimer } from '../../../test/fake-timer.js';
import { call, callIn, type DoorServer, doorServer } from './door-server.js';

interface Ended {
  readonly link: Link;
  readonly code: number;
  readonly reason: string;
}

interface Fixture extends AsyncDisposable {
  readonly door: Door;
  readonly timer: FakeTimer;
  readonly url: string;
  readonly revocations: Subject<Revocation>;
  readonly frames: Subject<{ readonly link: Link; readonly text: string; readonly isBinary: boolean }>;
  readonly ends: Subject<Ended>;
  readonly links: Link[];
  readonly verified: string[];
}

const TOKENS: Readonly<Record<string, string>> = { ems_001: 'right-token', ems_002: '@*]strange' };
const AUTHORIZED = { headers: { Authorization: 'Bearer right-token' } };

async function openFixture(options: Partial<DoorOptions> & Pick<Attempt, 'otherwise'> = {}): Promise<Fixture> {
  const timer = fakeTimer();
  const revocations = new Subject<Revocation>();
  const frames = new Subject<{ link: Link; text: string; isBinary: boolean }>();
  const ends = new Subject<Ended>();
  const links: Link[] = [];
  const verified: string[] = [];
  const door = openDoor({
    identities: {
      verify(name, token): DeviceIdentity | undefined {
        verified.push(name);
        if (name === 'unable') throw new ThingError('unavailable', 'the registry is not reachable');
        if (name === 'broken') throw new Error('a bug');
        return TOKENS[name] === token ? { name, id: `urn:test:${name}`, credential: 'first' } : undefined;
      },
      revocations,
    },
    receive(link) {
      links.push(link);
      return {
        frame: (data, isBinary) => frames.next({ link, text: data.toString(), isBinary }),
        closed: (code, reason) => ends.next({ link, code, reason }),
      };
    },
    timer,
    ...options,
  });
  const server: DoorServer = await doorServer((upgrade) => {
    const { name = '' } = upgrade.params;
    const { otherwise } = options;
    void door.admit(upgrade, { name, token: bearerToken(upgrade.request), ...(otherwise ? { otherwise } : {}) });
  });
  return {
    door,
    timer,
    url: `ws://127.0.0.1:${server.port}`,
    revocations,
    frames,
    ends,
    links,
    verified,
    async [Symbol.asyncDispose]() {
      await door[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('A door for devices', () => {
  it('lets in the device whose token is right, whatever the case of the scheme', async () => {
    await using f = await openFixture();
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      await using _ = await callIn(`${f.url}/ems_001`, { headers: { Authorization: `${scheme} right-token` } });
    }
    expect(f.links.map((link) => link.id)).to.deep.equal(Array(3).fill('urn:test:ems_001'));
  });

  it('T23: accepts any visible ASCII in a token', async () => {
    await using f = await openFixture();
    await using caller = await callIn(`${f.url}/ems_002`, { headers: { Authorization: 'Bearer @*]strange' } });
    expect(caller.websocket.protocol).to.equal('');
  });

  for (const refusal of [403, 401] as const) {
    it(`T1: gives one answer, ${refusal} without a body, to missing, malformed, unknown and wrong`, async () => {
      await using f = await openFixture({ refusal });
      const headers = [
        {},
        { Authorization: 'right-token' },
        { Authorization: 'Basic eDp5' },
        { Authorization: 'Bearer no' },
      ];
      const answers = [];
      for (const header of headers) answers.push(await call(`${f.url}/ems_001`, { headers: header }));
      answers.push(await call(`${f.url}/nobody`, AUTHORIZED));
      expect(answers.map((answer) => answer.status)).to.deep.equal(Array(5).fill(refusal));
      expect(f.verified, 'the same work for all').to.have.length(5);
      expect(f.door.refused).to.equal(5);
    });
  }

  it('answers 503 when the identities cannot be asked, and when asking them fails', async () => {
    await using f = await openFixture();
    expect((await call(`${f.url}/unable`, AUTHORIZED)).status).to.equal(503);
    expect((await call(`${f.url}/broken`, AUTHORIZED)).status).to.equal(503);
  });

  it('lets in and closes with 1013 when the identities cannot be asked, where devices need that', async () => {
    await using f = await openFixture({ unable: 'close' });
    await using caller = await callIn(`${f.url}/unable`, AUTHORIZED);
    expect(await caller.closed).to.deep.equal({ code: 1013, reason: 'try again later' });
    expect(f.links).to.deep.equal([]);
    expect(f.door.refused).to.equal(1);
  });

  it('takes in nothing while a link is paused, and misses no sign of life meanwhile', async () => {
    await using f = await openFixture();
    await using caller = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    const heard: string[] = [];
    f.frames.subscribe(({ text }) => heard.push(text));
    const [link] = f.links;
    link?.pause();
    caller.websocket.send('while it is paused');
    for (let i = 0; i < 5; i++) {
      const asked = new Promise((resolve) => caller.websocket.once('ping', resolve));
      f.timer.pass(20_000);
      await asked;
    }
    expect(heard).to.deep.equal([]);
    const frame = firstValueFrom(f.frames);
    link?.resume();
    await frame;
    expect(heard).to.deep.equal(['while it is paused']);
    expect(link?.isOpen).to.equal(true);
  });

  it('closes a link that is paused', async () => {
    await using f = await openFixture();
    await using caller = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    const ended = firstValueFrom(f.ends);
    f.links[0]?.pause();
    f.links[0]?.close(1008, 'removed');
    expect(await caller.closed).to.deep.equal({ code: 1008, reason: 'removed' });
    expect(await ended).to.include({ code: 1008 });
  });

  it('has as much patience with silence as it is told', async () => {
    await using f = await openFixture({ missedPings: 4 });
    await using silent = await callIn(`${f.url}/ems_001`, { ...AUTHORIZED, autoPong: false });
    const ended = firstValueFrom(f.ends);
    f.timer.pass(80_000);
    expect(f.links[0]?.isOpen).to.equal(true);
    f.timer.pass(20_000);
    expect(await ended).to.include({ reason: 'no sign of life' });
    await silent.closed;
  });

  it('leads frames to the receiver, and sends text', async () => {
    await using f = await openFixture();
    await using caller = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    const frame = firstValueFrom(f.frames);
    caller.websocket.send('{"a":1}');
    expect(await frame).to.include({ text: '{"a":1}', isBinary: false });
    const heard = new Promise((resolve) => caller.websocket.once('message', (data) => resolve(data.toString())));
    expect(f.links[0]?.send('do it')).to.equal(true);
    expect(await heard).to.equal('do it');
  });

  it('T4: lets the newest publisher win and closes the old one with 1008', async () => {
    await using f = await openFixture();
    await using first = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    const ended = firstValueFrom(f.ends);
    await using second = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    expect(await first.closed).to.deep.equal({ code: 1008, reason: 'replaced' });
    expect(await ended).to.include({ link: f.links[0], code: 1008, reason: 'replaced' });
    expect(f.door.link('ems_001'), 'the successor is not removed by the clean-up of the old one').to.equal(f.links[1]);
    expect(second.websocket.readyState).to.equal(second.websocket.OPEN);
  });

  it('T4: lets one peer displace itself as often as it likes', async () => {
    await using f = await openFixture();
    for (let i = 0; i < 6; i++) await callIn(`${f.url}/ems_001`, AUTHORIZED);
    expect(f.links).to.have.length(6);
  });

  it('T4: keeps the incumbent, answers 409 and tells it after three take-overs a minute from different peers', async () => {
    await using f = await openFixture();
    const told: unknown[] = [];
    f.door.duplicates.subscribe((takeOver) => told.push(takeOver));
    const from = (localAddress: string) => call(`${f.url}/ems_001`, { ...AUTHORIZED, localAddress });
    const statuses = [];
    for (const address of ['127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.3', '127.0.0.2', '127.0.0.2']) {
      statuses.push((await from(address)).status);
    }
    expect(statuses).to.deep.equal([101, 101, 101, 101, 409, 409]);
    expect(told).to.deep.equal([{ name: 'ems_001', incumbent: '127.0.0.3', newcomer: '127.0.0.2' }]);
    expect(f.door.link('ems_001')?.peer).to.equal('127.0.0.3');
    f.timer.pass(60_001);
    expect((await from('127.0.0.2')).status).to.equal(101);
  });

  it('forgets a link whose device vanishes without a word', async () => {
    await using f = await openFixture();
    const caller = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    const ended = firstValueFrom(f.ends);
    caller.websocket.terminate();
    expect(await ended).to.include({ code: 1006 });
    expect(f.door.link('ems_001')).to.equal(undefined);
  });

  it('ends a link after two pings without any sign of life, and no other', async () => {
    await using f = await openFixture();
    await using silent = await callIn(`${f.url}/ems_001`, { ...AUTHORIZED, autoPong: false });
    await using alive = await callIn(`${f.url}/ems_002`, { headers: { Authorization: 'Bearer @*]strange' } });
    const ended = firstValueFrom(f.ends);
    for (let i = 0; i < 3; i++) {
      const answered = new Promise((resolve) => alive.websocket.once('ping', resolve));
      const frame = firstValueFrom(f.frames);
      f.timer.pass(20_000);
      await answered;
      alive.websocket.send('still here');
      await frame;
    }
    expect(await ended).to.include({ link: f.links[0], code: 1006, reason: 'no sign of life' });
    expect((await silent.closed).code).to.equal(1006);
    expect(alive.websocket.readyState).to.equal(alive.websocket.OPEN);
  });

  it('runs one timer, however many links it has', async () => {
    await using f = await openFixture();
    const before = f.timer.running;
    await using _ = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    expect(f.timer.running).to.equal(before);
  });

  it('closes a link with 1009 for a message above the limit', async () => {
    await using f = await openFixture({ maxPayload: 1000 });
    await using caller = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    const ended = firstValueFrom(f.ends);
    caller.websocket.send('x'.repeat(1001));
    expect((await caller.closed).code).to.equal(1009);
    expect(await ended).to.include({ code: 1009 });
  });

  it('closes a link with 1007 for text that is not UTF-8', async () => {
    await using f = await openFixture();
    await using caller = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    caller.websocket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
    expect((await caller.closed).code).to.equal(1007);
  });

  it('closes only the link whose receiver throws, with 1011', async () => {
    await using f = await openFixture({
      receive: () => ({
        frame() {
          throw new Error('a bug');
        },
        closed() {},
      }),
    });
    await using caller = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    caller.websocket.send('x');
    expect((await caller.closed).code).to.equal(1011);
  });

  it('closes links with 1008 when their credential is revoked, and leaves those of another credential', async () => {
    await using f = await openFixture();
    await using caller = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    f.revocations.next({ name: 'ems_001', reason: 'rotated', credential: 'second' });
    expect(f.links[0]?.isOpen).to.equal(true);
    f.revocations.next({ name: 'ems_001', reason: 'rotated', credential: 'first' });
    expect(await caller.closed).to.deep.equal({ code: 1008, reason: 'rotated' });
  });

  it('refuses a device that is revoked while it is being verified', async () => {
    const revocations = new Subject<Revocation>();
    await using f = await openFixture({
      identities: {
        revocations,
        verify: async (name) => {
          revocations.next({ name, reason: 'removed' });
          return { name, id: 'urn:test:x' };
        },
      },
    });
    expect((await call(`${f.url}/ems_001`, AUTHORIZED)).status).to.equal(403);
  });

  it('T12: refuses without asking after too many failures, with a hint when to come back', async () => {
    await using f = await openFixture({ failures: { burst: 3, refill: 5000 } });
    const wrong = { headers: { Authorization: 'Bearer wrong' } };
    for (let i = 0; i < 3; i++) expect((await call(`${f.url}/ems_001`, wrong)).status).to.equal(403);
    const limited = await call(`${f.url}/ems_001`, wrong);
    expect(limited.status).to.equal(403);
    expect('headers' in limited && limited.headers).to.include({ 'retry-after': '5' });
    expect(f.verified).to.have.length(3);
    expect((await call(`${f.url}/ems_002`, wrong)).status, 'another name is not concerned').to.equal(403);
    expect(f.verified).to.have.length(4);
    f.timer.pass(5000);
    await using caller = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    expect(caller.websocket.readyState).to.equal(1);
  });

  it('counts the failures of one IPv6 network together: its subscriber has 2^64 addresses', async () => {
    const peers = ['2001:db8:0:1::1', '2001:db8:0:1::2', '2001:db8:0:1:ffff::3', '2001:db8:0:2::1'];
    await using f = await openFixture({ failures: { burst: 2 }, peerOf: () => peers.shift() ?? '' });
    const retryAfter = [];
    while (peers.length > 0) {
      const answer = await call(`${f.url}/ems_001`, { headers: { Authorization: 'Bearer wrong' } });
      retryAfter.push('headers' in answer && 'retry-after' in answer.headers);
    }
    expect(retryAfter).to.deep.equal([false, false, true, false]);
  });

  it('tells of a wrong token, unless others come in here too, who are asked who they are', async () => {
    const failed: unknown[] = [];
    const identities: DoorOptions['identities'] = {
      verify: (name, token) => (TOKENS[name] === token ? { name, id: 'urn:test:x' } : undefined),
      failed: (name, peer) => failed.push([name, peer]),
      revocations: new Subject(),
    };
    await using f = await openFixture({ identities });
    const wrong = { headers: { Authorization: 'Bearer wrong' } };
    expect((await call(`${f.url}/ems_001`, wrong)).status).to.equal(403);
    expect((await call(`${f.url}/ems_001`, { headers: {} })).status).to.equal(403);
    await using _ = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    expect(failed).to.deep.equal([['ems_001', '127.0.0.1']]);
    await using open = await openFixture({ identities, otherwise: () => false });
    expect((await call(`${open.url}/ems_001`, wrong)).status).to.equal(403);
    expect(failed).to.have.length(1);
  });

  it('closes with 1001 when it is disposed, with 1012 before a restart, and refuses newcomers', async () => {
    for (const [code, close] of [
      [1001, (door: Door) => door[Symbol.asyncDispose]()],
      [1012, (door: Door) => door.close(1012)],
    ] as const) {
      await using f = await openFixture();
      await using caller = await callIn(`${f.url}/ems_001`, AUTHORIZED);
      await close(f.door);
      await f.door[Symbol.asyncDispose]();
      expect((await caller.closed).code).to.equal(code);
      expect((await call(`${f.url}/ems_001`, AUTHORIZED)).status).to.equal(503);
      expect(f.timer.running, 'no timer is left').to.be.at.most(1);
    }
  });

  it('does not select a credential as sub-protocol', async () => {
    await using f = await openFixture();
    await using caller = await callIn(`${f.url}/ems_001`, AUTHORIZED, ['bearer.c2VjcmV0', 'telemetry']);
    expect(caller.websocket.protocol).to.equal('telemetry');
  });

  it('drops what it cannot send: a device that takes nothing', async () => {
    await using f = await openFixture({ backlogLimit: 100_000 });
    await using caller = await callIn(`${f.url}/ems_001`, AUTHORIZED);
    caller.websocket.pause();
    const text = 'x'.repeat(1_000_000);
    let sent = 0;
    while (sent < 100 && f.links[0]?.send(text)) sent++;
    expect(sent).to.be.lessThan(100);
  });
});
