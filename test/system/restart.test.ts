import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { consume } from '@thingwright/client';
import { ANONYMOUS, createSite, defineThing, expose } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { openStore } from '@thingwright/store';
import { expect } from 'chai';
import { EMPTY, filter, firstValueFrom, ReplaySubject, Subject, scan } from 'rxjs';
import * as t from 'typebox';
import { WebSocket } from 'ws';
import { temporaryFolder } from '../../packages/cli/test/temporary-folder.js';
import { type Running, run, start } from './fixture/command.js';
import { type PostgresServer, startPostgres } from './fixture/postgres-server.js';

const THRESHOLD = '/things/ems_001/properties/lowBatteryThreshold';

/** A gateway that can be ended, in either way, and started again at the same address. */
interface Lab extends AsyncDisposable {
  readonly url: string;
  readonly authorization: string;
  restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Sends JSON; gives the answer's JSON, if it has any. */
  send(method: string, path: string, body: unknown): Promise<unknown>;
  /** Sets the property that changes in these tests; each is acknowledged. */
  setThresholds(...values: readonly number[]): Promise<void>;
}

async function openLab(environment: Readonly<Record<string, string>>): Promise<Lab> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const begin = async (): Promise<Running> => {
    const running = start(['serve', '--port', port, '--data', folder.path], environment);
    const { value: line } = await running.lines.next();
    if (line === undefined) throw new Error(`the gateway ended: ${(await running.ended).errors}`);
    return running;
  };
  let running = await begin();
  const authorization = `Bearer ${(await readFile(join(folder.path, 'admin-token'), 'utf8')).trim()}`;
  const send = async (method: string, path: string, body: unknown): Promise<unknown> => {
    const headers = { authorization, 'content-type': 'application/json' };
    const answer = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    expect(answer.ok, `${method} ${path}: ${text}`).to.equal(true);
    return text === '' ? undefined : JSON.parse(text);
  };
  return {
    url,
    authorization,
    async restart(signal) {
      running.child.kill(signal);
      await running.ended;
      running = await begin();
    },
    fetch: (path, init = {}) => fetch(url + path, { ...init, headers: { authorization, ...init.headers } }),
    send,
    async setThresholds(...values) {
      for (const value of values) await send('PUT', THRESHOLD, value);
    },
    async [Symbol.asyncDispose]() {
      running.child.kill('SIGKILL');
      await running.ended;
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return String(typeof address === 'object' && address ? address.port : 0);
}

/** What a socket of the Web Thing Protocol hears: a response and so many notifications to one request. */
async function observe(
  lab: Lab,
  thingID: string,
  more: { readonly lastNotificationID?: string; readonly count: number },
) {
  const { count, ...asked } = more;
  const socket = new WebSocket(`${lab.url.replace('http', 'ws')}/things/ems_001`, ['webthingprotocol'], {
    headers: { authorization: lab.authorization },
  });
  const messages = new Subject<Record<string, unknown>>();
  socket.on('message', (data) => messages.next(JSON.parse(String(data))));
  const heard = firstValueFrom(
    messages.pipe(
      scan((all: readonly Record<string, unknown>[], message) => [...all, message], []),
      filter(({ length }) => length === count + 1),
    ),
  );
  await once(socket, 'open');
  const request = { messageType: 'request', operation: 'observeproperty', name: 'lowBatteryThreshold' };
  const messageID = '3f2c4fb9-6a53-4b1a-8a34-7d3d6d7f7f11';
  const opened = firstValueFrom(messages);
  socket.send(JSON.stringify({ ...request, ...asked, thingID, messageID }));
  await opened;
  return {
    /** The response, then the notifications. */
    async all() {
      const [response = {}, ...notifications] = await heard;
      socket.terminate();
      return { response, notifications };
    },
  };
}

/** So many messages of an event stream. */
async function stream(lab: Lab, count: number, lastEventID?: string) {
  const leaving = new AbortController();
  const headers = {
    accept: 'text/event-stream',
    ...(lastEventID === undefined ? {} : { 'last-event-id': lastEventID }),
  };
  const answer = await lab.fetch(THRESHOLD, { headers, signal: leaving.signal });
  expect(answer.status).to.equal(200);
  return {
    async all() {
      let text = '';
      const decoder = new TextDecoder();
      for await (const chunk of answer.body ?? []) {
        text += decoder.decode(chunk, { stream: true });
        if (text.split('\ndata: ').length > count && text.endsWith('\n\n')) break;
      }
      leaving.abort();
      const messages = [...text.matchAll(/^id: (.*)\ndata: (.*)$/gm)];
      return { text, ids: messages.map(([, id = '']) => id), values: messages.map(([, , data]) => Number(data)) };
    },
  };
}

/** A device that reports once, and answers commands but `SET_MODE`. */
async function dialIn(lab: Lab, token: string): Promise<WebSocket> {
  const socket = new WebSocket(`${lab.url.replace('http', 'ws')}/ws/device/ems_001`, {
    headers: { authorization: `Bearer ${token}` },
  });
  socket.on('error', () => socket.terminate());
  socket.on('message', (data) => {
    const { command_id, action } = JSON.parse(String(data));
    if (command_id !== undefined && action !== 'SET_MODE') socket.send(JSON.stringify({ command_id, status: 'done' }));
  });
  await once(socket, 'open');
  const battery = { voltage: 51.5, soc: 12 };
  socket.send(JSON.stringify({ device_id: 'ems_001', timestamp: new Date().toISOString(), battery }));
  return socket;
}

/** Another process tells nobody of it, so it is asked. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(20);
}

/** What holds whatever the store is. */
function restartSuite(environment: () => Promise<Readonly<Record<string, string>>>): void {
  it('has what was registered in its directory, and tells what became of it, after SIGKILL', async () => {
    await using lab = await openLab(await environment());
    const id = 'urn:example:pump';
    const put = async (title: string): Promise<number> => {
      const td = { '@context': 'https://www.w3.org/2022/wot/td/v1.1', id, title, security: 'nosec_sc' };
      const body = JSON.stringify({ ...td, securityDefinitions: { nosec_sc: { scheme: 'nosec' } } });
      const headers = { 'content-type': 'application/td+json' };
      return (await lab.fetch(`/things/${id}`, { method: 'PUT', headers, body })).status;
    };
    expect([await put('Pump'), await put('Bilge')]).to.deep.equal([201, 204]);
    await lab.restart('SIGKILL');
    expect(await (await lab.fetch(`/things/${id}`)).json()).to.include({ id, title: 'Bilge' });
    const leaving = new AbortController();
    const { body } = await lab.fetch('/events', { headers: { 'last-event-id': '0' }, signal: leaving.signal });
    let text = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.split('\n\n').length > 2) break;
    }
    leaving.abort();
    expect(text.match(/^event: .*$/gm)).to.deep.equal(['event: thing_created', 'event: thing_updated']);
  }).timeout(30_000);

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`gives readers what they missed, in order and each once, after ${signal}`, async () => {
      await using lab = await openLab(await environment());
      await lab.send('POST', '/things/gateway/actions/provisionDevice', { kind: 'telemetry', name: 'ems_001' });
      const { id }: { id: string } = await (await lab.fetch('/things/ems_001')).json();
      await using ours = await consume(`${lab.url}/things/ems_001`, { token: lab.authorization.slice(7) });
      const seen: unknown[] = [];
      using _following = toDisposable(
        (ours.properties.lowBatteryThreshold ?? EMPTY).subscribe((value) => void seen.push(value)),
      );
      await until(async () => seen.length > 0);

      const [socket, events] = [await observe(lab, id, { count: 1 }), await stream(lab, 1)];
      await lab.setThresholds(31);
      const [bySocket, byEvents] = [await socket.all(), await events.all()];
      expect([bySocket.notifications[0]?.value, byEvents.values]).to.deep.equal([31, [31]]);

      await lab.setThresholds(32, 33);
      await lab.restart(signal);
      await lab.setThresholds(34, 35);

      const lastNotificationID = String(bySocket.notifications[0]?.messageID);
      const { response, notifications } = await (await observe(lab, id, { lastNotificationID, count: 4 })).all();
      expect(response).to.include({ resume: 'complete' });
      expect(notifications.map(({ value }) => value)).to.deep.equal([32, 33, 34, 35]);
      const resumed = await (await stream(lab, 4, byEvents.ids[0])).all();
      expect(resumed.text).to.match(/^: ?complete/);
      expect(resumed.values).to.deep.equal([32, 33, 34, 35]);

      await until(async () => seen.at(-1) === 35);
      expect(seen).to.deep.equal([20, 31, 32, 33, 34, 35]);
      const unknown = await observe(lab, id, { lastNotificationID: '1f2bef51-42f5-4544-9a84-23b986bd414b', count: 0 });
      expect((await unknown.all()).response).to.include({ resume: 'gap' });

      const history = await lab.fetch('/things/ems_001/history/lowBatteryThreshold');
      const { items }: { items: { value: number }[] } = await history.json();
      expect(items.map(({ value }) => value)).to.deep.equal([20, 31, 32, 33, 34, 35]);
    });

    it(`answers for invocations, and shows the last values of a device that is away, after ${signal}`, async () => {
      await using lab = await openLab(await environment());
      const provisioned = await lab.send('POST', '/things/gateway/actions/provisionDevice', {
        kind: 'telemetry',
        name: 'ems_001',
      });
      expect(provisioned).to.have.property('token');
      const token = typeof provisioned === 'object' && provisioned && 'token' in provisioned ? provisioned.token : '';
      const device = await dialIn(lab, String(token));
      const soc = () => lab.fetch('/things/ems_001/properties/batterySoc');
      await until(async () => (await soc()).status === 200);
      const before = (await soc()).headers.get('value-time');

      const begin = async (action: string, input?: object): Promise<string> => {
        const answer = await lab.fetch(`/things/ems_001/actions/${action}`, {
          method: 'POST',
          ...(input ? { body: JSON.stringify(input), headers: { 'content-type': 'application/json' } } : {}),
        });
        expect(answer.status).to.equal(201);
        return answer.headers.get('location') ?? '';
      };
      const stateOf = async (run: string): Promise<Record<string, unknown>> => (await lab.fetch(run)).json();
      const finished = await begin('resetError');
      await until(async () => (await stateOf(finished)).status === 'completed');
      const endless = await begin('setMode', { targetMode: 'MANUAL' });
      await until(async () => (await stateOf(endless)).status === 'running');

      await lab.restart(signal);
      device.terminate();
      expect(await stateOf(finished)).to.include({ status: 'completed' });
      const interrupted = await stateOf(endless);
      expect(interrupted).to.include({ status: 'failed' });
      // Whoever ends gracefully lets go of its devices first.
      expect(interrupted.error)
        .to.have.property('detail')
        .that.matches(signal === 'SIGKILL' ? /restart/ : /ems_001|device/);
      const after = await soc();
      expect([await after.json(), after.headers.get('value-time')]).to.deep.equal([12, before]);
      const connection: object = await (await lab.fetch('/things/ems_001/properties/connection')).json();
      expect(connection).to.include({ state: 'CLOSED', stale: true }).and.to.have.property('lastSeen');
    });
  }
}

const toDisposable = (subscription: { unsubscribe(): void }): Disposable => ({
  [Symbol.dispose]: () => subscription.unsubscribe(),
});

describe('A gateway that is started again, with SQLite', function () {
  this.timeout(60_000);
  restartSuite(async () => ({}));
});

describe('A gateway that is started again, with PostgreSQL', function () {
  this.timeout(60_000);
  let server: PostgresServer;
  before(async () => {
    server = await startPostgres();
  });
  after(() => server[Symbol.asyncDispose]());
  restartSuite(async () => ({ THINGWRIGHT_DATABASE_URL: await server.createDatabase() }));

  it('refuses a database that another gateway uses with 3 and one line, without its URL', async () => {
    const database = await server.createDatabase();
    await using _lab = await openLab({ THINGWRIGHT_DATABASE_URL: database });
    await using folder = await temporaryFolder();
    const refused = await run(['serve', '--port', '0', '--data', folder.path], { THINGWRIGHT_DATABASE_URL: database });
    expect([refused.status, refused.output]).to.deep.equal([3, '']);
    expect(refused.errors.trim()).to.equal('thingwright: The database is in use by another gateway');
  });
});

describe('An action that is resumable', () => {
  const Mill = defineThing({
    title: 'Mill',
    actions: { grind: { input: t.Integer(), progress: t.Integer(), output: t.Integer() } },
  });

  /** Opens a mill over a store in that folder; every run of it is told. */
  async function openMill(data: string) {
    const store = await openStore({ data });
    const site = createSite({ compileCheck, memory: store.memory });
    const runs = new ReplaySubject<{ readonly id: string; readonly resumed?: { readonly progress?: number } }>(100);
    const thing = site.add(
      'mill',
      expose(Mill, () => ({
        actions: {
          grind: {
            resumable: true,
            async run(grains, { id, signal, resumed, progress }) {
              runs.next({ id, ...(resumed ? { resumed } : {}) });
              if (resumed) return grains;
              progress(40);
              await once(signal, 'abort');
              throw signal.reason;
            },
          },
        },
      })),
      { id: 'urn:uuid:0f0c1c1e-8f5f-4a7a-9a52-0a4c2a8d9b01' },
    );
    return {
      thing,
      runs,
      async [Symbol.asyncDispose]() {
        await site[Symbol.asyncDispose]();
        await store[Symbol.asyncDispose]();
      },
    };
  }

  it('is handed its unfinished invocations again, each with its id, its input and its progress', async () => {
    const context = { principal: ANONYMOUS };
    await using folder = await temporaryFolder();
    let actionID: string | undefined;
    {
      await using before = await openMill(folder.path);
      const { status } = await before.thing.request({ op: 'invokeaction', name: 'grind', input: 7 }, context);
      actionID = status?.actionID;
      expect(await firstValueFrom(before.runs)).to.deep.equal({ id: actionID });
    }
    await using after = await openMill(folder.path);
    expect(await firstValueFrom(after.runs)).to.deep.equal({ id: actionID, resumed: { progress: 40 } });
    const operation = { op: 'queryaction', name: 'grind', actionID: actionID ?? '' } as const;
    await until(async () => (await after.thing.request(operation, context)).status?.state === 'completed');
    expect((await after.thing.request(operation, context)).status).to.include({ input: 7, output: 7 });
  }).timeout(30_000);
});
