import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { type ConsumedThing, consume } from '@thingwright/client';
import {
  type Authenticate,
  defineThing,
  expose,
  modelOfDescription,
  type Security,
  state,
  ThingError,
} from '@thingwright/core';
import { serve } from '@thingwright/listener';
import { expect } from 'chai';
import { firstValueFrom, NEVER, of, Subject, skip, take, toArray } from 'rxjs';
import * as t from 'typebox';
import { type Adopter, type Gateway, type GatewayOptions, openGateway } from '../../src/index.js';
import { eventually } from '../eventually.js';

const ADMIN_TOKEN = 'the-admin-token';
const LOOPBACK = ['127.0.0.0/8'];

const Pump = defineThing({
  title: 'Pump in the cellar',
  properties: {
    speed: { schema: t.Integer({ minimum: 0 }) },
    level: { schema: t.Integer(), readOnly: true, observable: false },
  },
  actions: {
    prime: { input: t.Integer(), output: t.String(), synchronous: true },
    flush: { output: t.String() },
    stick: {},
  },
  events: { dry: { data: t.String() } },
});

/** A foreign Thing on this machine, at a port of its own. */
async function startPump(
  options: { readonly port?: number; readonly withSocket?: boolean; readonly token?: string } = {},
) {
  const { port = 0, withSocket = true, token } = options;
  const speed = state(1);
  const level = state(50);
  const dry = new Subject<string>();
  const pump = expose(Pump, () => ({
    properties: { speed, level },
    actions: {
      prime: (times) => `primed ${times} times`,
      flush: () => 'flushed',
      stick: () => {
        throw new ThingError('conflict', 'It is stuck');
      },
    },
    events: { dry },
  }));
  const authenticate: Authenticate = (credentials) =>
    credentials.kind === 'bearer' && credentials.token === token
      ? { principal: { id: 'gateway', kind: 'service', grants: [] } }
      : undefined;
  const security: Security = { definitions: { bearer_sc: { scheme: 'bearer' } }, thing: 'bearer_sc' };
  const served = await serve({
    things: { pump },
    bindings: withSocket ? [http(), websocket()] : [http()],
    listen: { port },
    ...(token === undefined ? {} : { authenticate, security }),
  });
  return { ...served, td: `${served.url}/things/pump`, speed, level, dry };
}

const open = (options: GatewayOptions = {}) =>
  openGateway({ port: 0, adminToken: ADMIN_TOKEN, allowPrivateAddresses: LOOPBACK, ...options });

const consumed = ({ url }: Gateway, name = 'pump'): Promise<ConsumedThing> =>
  consume(`${url}/things/${name}`, { token: ADMIN_TOKEN });

async function refusal(work: Promise<unknown> | undefined): Promise<ThingError> {
  const thrown: unknown = await work?.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  );
  if (thrown instanceof ThingError) return thrown;
  throw thrown;
}

async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'thingwright-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

describe('A gateway that adopts', () => {
  for (const withSocket of [true, false]) {
    it(`serves a foreign Thing as its own, reached over ${withSocket ? 'WebSocket' : 'HTTP'}`, async () => {
      await using foreign = await startPump({ withSocket });
      await using gateway = await open();
      const { id, name, td } = await gateway.adoptions.adopt({ url: foreign.td, pollSeconds: 0.01 });
      expect([name, td]).to.deep.equal(['pump-in-the-cellar', `${gateway.url}/things/pump-in-the-cellar`]);
      await using pump = await consumed(gateway, name);
      expect(pump.id)
        .to.equal(id)
        .and.not.equal((await (await fetch(foreign.td)).json()).id);
      expect(JSON.stringify(pump.td)).to.not.include(foreign.url);
      expect(pump.td.security).to.equal('basic_sc');
      const { speed, level } = pump.properties;
      const { dry } = pump.events;
      if (!speed || !level || !dry) throw new Error('the pump lacks something');

      await eventually(() => speed.read());
      expect(await pump.readAll()).to.deep.equal({ speed: 1, level: 50 });
      await speed.write(7);
      expect(foreign.speed.get()).to.equal(7);
      expect(await pump.actions.prime?.(3).output).to.equal('primed 3 times');
      expect(await pump.actions.flush?.().output).to.equal('flushed');
      expect((await refusal(pump.actions.stick?.().output)).detail).to.equal('It is stuck');
      expect((await refusal(speed.write(-1))).code).to.equal('invalid');

      const levels = firstValueFrom(level.pipe(take(2), toArray()));
      const polled = level.subscribe((value) => value === 50 && foreign.level.set(60));
      expect(await levels, 'what is not pushed').to.deep.equal([50, 60]);
      polled.unsubscribe();
      const told = firstValueFrom(dry);
      const telling = setInterval(() => foreign.dry.next('very'), 5);
      expect(await told).to.equal('very');
      clearInterval(telling);
      const speeds = firstValueFrom(speed.pipe(take(2), toArray()));
      const pushed = speed.subscribe((value) => value === 7 && foreign.speed.set(8));
      expect(await speeds, 'what is pushed').to.deep.equal([7, 8]);
      pushed.unsubscribe();
    });
  }

  it('gives an adopted Thing to another organization, under the same id and reached as before', async () => {
    await using foreign = await startPump();
    await using gateway = await open();
    const { id } = await gateway.adoptions.adopt({ url: foreign.td, name: 'pump', organization: 'acme' });
    expect(gateway.adoptions.get('pump')).to.include({ id, organization: 'acme' });
    await gateway.adoptions.move('pump', 'umbrella');
    expect(gateway.adoptions.get('pump')).to.include({ id, organization: 'umbrella' });
    await using thing = await consumed(gateway);
    expect(thing.id).to.equal(id);
    expect((await firstValueFrom(gateway.adoptions.things))[0]).to.include({ organization: 'umbrella' });
    expect((await refusal(gateway.adoptions.move('nobody', 'acme'))).code).to.equal('notFound');
  });

  it('gives an adopted Thing another title, here and for good, and cuts nobody off who reads it', async () => {
    await using foreign = await startPump();
    await using folder = await temporaryFolder();
    {
      await using gateway = await open({ data: folder.path });
      await gateway.adoptions.adopt({ url: foreign.td, name: 'pump' });
      await using thing = await consumed(gateway);
      await gateway.adoptions.setTitle('pump', 'Cellar');
      expect((await firstValueFrom(gateway.adoptions.things))[0]).to.include({ title: 'Cellar' });
      expect(await thing.properties.level?.read()).to.equal(50);
      expect((await refusal(gateway.adoptions.setTitle('nobody', 'X'))).code).to.equal('notFound');
    }
    await using again = await open({ data: folder.path });
    await using thing = await consumed(again);
    expect(thing.td.title).to.equal('Cellar');
  });

  it('takes a Thing Description itself, lists what it has adopted, tells of it, and releases it', async () => {
    await using foreign = await startPump();
    await using gateway = await open();
    const told: string[] = [];
    gateway.adoptions.adopted.subscribe(({ name }) => told.push(`adopted ${name}`));
    gateway.adoptions.released.subscribe(({ name }) => told.push(`released ${name}`));
    const td = await (await fetch(foreign.td)).json();
    const first = await gateway.adoptions.adopt({ td, name: 'pump', title: 'My pump' });
    const second = await gateway.adoptions.adopt({ url: foreign.td, title: 'My pump' });
    const lists = () => firstValueFrom(gateway.adoptions.things);
    expect(await lists()).to.deep.equal([
      { id: first.id, name: 'pump', title: 'My pump', organization: 'default' },
      { id: second.id, name: 'my-pump', title: 'My pump', organization: 'default', source: foreign.td },
    ]);
    await gateway.adoptions.release('pump');
    expect((await lists()).map(({ name }) => name)).to.deep.equal(['my-pump']);
    expect(told).to.deep.equal(['adopted pump', 'adopted my-pump', 'released pump']);
    expect((await refusal(consumed(gateway))).code).to.equal('notFound');
    expect((await refusal(gateway.adoptions.release('pump'))).code).to.equal('notFound');
    const again = await gateway.adoptions.adopt({ td, name: 'pump' });
    expect(again.id).not.to.equal(first.id);
  });

  it('keeps what it has adopted over a restart; a Thing that is away is there, and is reached once it returns', async () => {
    await using folder = await temporaryFolder();
    const foreign = await startPump();
    const port = Number(new URL(foreign.url).port);
    const before = await open({ data: folder.path });
    const { id } = await before.adoptions.adopt({ url: foreign.td, name: 'pump' });
    await before[Symbol.asyncDispose]();
    await foreign[Symbol.asyncDispose]();

    await using gateway = await open({ data: folder.path });
    await using pump = await consumed(gateway);
    expect(pump.id).to.equal(id);
    expect((await refusal(pump.properties.speed?.read())).code).to.equal('unavailable');
    expect((await refusal(pump.properties.speed?.write(3))).code).to.equal('unavailable');
    expect((await refusal(pump.actions.prime?.(3).output)).code).to.equal('unavailable');
    const status = await fetch(`${gateway.url}/things/pump/properties/speed`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(status.status).to.equal(503);
    await using _back = await startPump({ port });
    expect(await eventually(() => pump.properties.speed?.read())).to.equal(1);
  }).timeout(10_000);

  it('shows credentials to the foreign Thing, keeps them encrypted, and never shows them again', async () => {
    await using folder = await temporaryFolder();
    const token = 'a-token-of-the-foreign-thing';
    await using foreign = await startPump({ token });
    const before = await open({ data: folder.path });
    expect((await refusal(before.adoptions.adopt({ url: foreign.td }))).code).to.equal('unavailable');
    await before.adoptions.adopt({ url: foreign.td, name: 'pump', credentials: { token } });
    await before[Symbol.asyncDispose]();
    for (const file of await readdir(folder.path)) {
      expect((await readFile(join(folder.path, file))).includes(token), file).to.equal(false);
    }
    await using gateway = await open({ data: folder.path });
    await using pump = await consumed(gateway);
    expect(await eventually(() => pump.properties.speed?.read())).to.equal(1);
    await using self = await consumed(gateway, 'gateway');
    expect(JSON.stringify([await self.readAll(), pump.td, self.td])).to.not.include(token);
  });

  it('answers unavailable, and never unauthenticated, where its own credentials are refused; under another secret too', async () => {
    await using folder = await temporaryFolder();
    await using foreign = await startPump({ token: 'right' });
    const td = await (await fetch(foreign.td, { headers: { authorization: 'Bearer right' } })).json();
    const before = await open({ data: folder.path, pepper: 'salt' });
    await before.adoptions.adopt({ td, name: 'wrong', credentials: { token: 'wrong' } });
    await using wrong = await consumed(before, 'wrong');
    expect((await refusal(wrong.properties.speed?.read())).code).to.equal('unavailable');
    await before[Symbol.asyncDispose]();
    await using gateway = await open({ data: folder.path, pepper: 'sugar' });
    await using pump = await consumed(gateway, 'wrong');
    const { code, detail } = await refusal(pump.properties.speed?.read());
    expect(code).to.equal('unavailable');
    expect(detail).to.include('cannot be decrypted');
  });

  it('takes no value of a Thing that is nested so deep that nobody could write it', async () => {
    await using gateway = await open();
    const td = {
      '@context': 'https://www.w3.org/2022/wot/td/v1.1',
      title: 'Bomb',
      security: 'nosec_sc',
      securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
      properties: { brackets: { readOnly: true, forms: [{ href: '/brackets' }] } },
    };
    const asked = new Subject<void>();
    const server = createServer(({ url }, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(url === '/td' ? JSON.stringify(td) : '['.repeat(100_000) + ']'.repeat(100_000));
      if (url !== '/td') asked.next();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      const polledTwice = firstValueFrom(asked.pipe(skip(1)));
      await gateway.adoptions.adopt({ url: `http://127.0.0.1:${port}/td`, pollSeconds: 0.1 });
      await polledTwice;
      await using bomb = await consumed(gateway, 'bomb');
      expect((await refusal(bomb.properties.brackets?.read())).code).to.equal('unavailable');
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('asks for credentials where a TD does', async () => {
    await using foreign = await startPump({ token: 'right' });
    const td = await (await fetch(foreign.td, { headers: { authorization: 'Bearer right' } })).json();
    await using gateway = await open();
    expect((await refusal(gateway.adoptions.adopt({ td }))).detail).to.include('asks for credentials');
  });

  it('reaches no private address unless its operator allows it: neither for a TD, nor by its forms', async () => {
    await using foreign = await startPump();
    const td = await (await fetch(foreign.td)).json();
    await using gateway = await open({ allowPrivateAddresses: [] });
    for (const request of [{ url: foreign.td }, { url: foreign.td.replace('127.0.0.1', 'localhost') }, { td }]) {
      const { code, detail } = await refusal(gateway.adoptions.adopt(request));
      expect(code, JSON.stringify(Object.keys(request))).to.equal('forbidden');
      expect(detail).to.include('--allow-private-addresses');
    }
    await using half = await open({ allowPrivateAddresses: ['127.0.0.1'] });
    const elsewhere = JSON.parse(JSON.stringify(td).replaceAll('127.0.0.1', '127.0.0.2'));
    expect((await refusal(half.adoptions.adopt({ td: elsewhere }))).code).to.equal('forbidden');
  });

  it('refuses what it cannot adopt, and says why', async () => {
    await using foreign = await startPump();
    await using gateway = await open();
    const td = await (await fetch(foreign.td)).json();
    const { adopt } = gateway.adoptions;
    expect((await refusal(adopt({}))).code).to.equal('invalid');
    expect((await refusal(adopt({ td, url: foreign.td }))).code).to.equal('invalid');
    expect((await refusal(adopt({ url: 'file:///etc/passwd' }))).code).to.equal('invalid');
    expect((await refusal(adopt({ url: `${foreign.url}/openapi.json` }))).code).to.equal('invalid');
    expect((await refusal(adopt({ url: `${foreign.url}/nothing` }))).detail).to.include('404');
    expect((await refusal(adopt({ url: 'http://127.0.0.1:1/td' }))).code).to.equal('unavailable');
    expect((await refusal(adopt({ td, name: 'gateway' }))).code).to.equal('conflict');
    expect((await refusal(adopt({ td, name: '../pump' }))).code).to.equal('invalid');
    const coap = { ...td, properties: { level: { forms: [{ href: 'coap://127.0.0.1/level' }] } } };
    const { code, detail } = await refusal(adopt({ td: coap }));
    expect(code).to.equal('invalid');
    expect(detail).to.include('coap').and.include('thingwright (http, https, ws, wss)');
    const endless = {
      ...td,
      properties: { level: { ...td.properties.level, enum: Array.from({ length: 15_000 }, (_, i) => i) } },
    };
    expect((await refusal(adopt({ td: endless }))).code).to.equal('invalid');
    expect(await firstValueFrom(gateway.adoptions.things)).to.deep.equal([]);
    await adopt({ td, name: 'pump' });
    expect((await refusal(adopt({ td, name: 'pump' }))).code).to.equal('conflict');
  });

  it('uses further adopters for what its own client does not speak, and closes what they have opened', async () => {
    await using folder = await temporaryFolder();
    const closed: string[] = [];
    const lamps: Adopter = {
      name: 'lamps',
      schemes: ['lamp'],
      canAdopt: (td) => JSON.stringify(td).includes('lamp:'),
      adopt: async (td, { credentials, pollInterval }) => ({
        model: modelOfDescription(td, { keepsAsynchronous: false, observesAll: true }),
        implement: () => ({
          properties: new Map([['on', { value: of(`${credentials?.apiKey} ${pollInterval}`) }]]),
          actions: new Map(),
          events: new Map([['off', NEVER]]),
        }),
        async [Symbol.asyncDispose]() {
          closed.push(td.title);
        },
      }),
    };
    const td = {
      '@context': 'https://www.w3.org/2022/wot/td/v1.1',
      title: 'Lamp',
      security: 'key_sc',
      securityDefinitions: { key_sc: { scheme: 'apikey' } },
      properties: { on: { type: 'string', readOnly: true, forms: [{ href: 'lamp://127.0.0.1/on' }] } },
      events: { off: { forms: [{ href: 'lamp://127.0.0.1/off' }] } },
    };
    const before = await open({ data: folder.path, adopters: [lamps] });
    const credentials = { apiKey: 'key' };
    await before.adoptions.adopt({ td, name: 'one', credentials, pollSeconds: 2 });
    await before.adoptions.adopt({ td: { ...td, title: 'Two' }, name: 'two', credentials });
    expect(
      (await refusal(before.adoptions.adopt({ td: { ...td, title: 'Three' }, name: 'two', credentials }))).code,
    ).to.equal('conflict');
    await before.adoptions.release('two');
    expect(closed).to.deep.equal(['Three', 'Two']);
    await using lamp = await consumed(before, 'one');
    expect(await lamp.properties.on?.read()).to.equal('key 2000');
    await before[Symbol.asyncDispose]();
    expect(closed).to.deep.equal(['Three', 'Two', 'Lamp']);

    await using without = await open({ data: folder.path });
    await using left = await consumed(without, 'one');
    const { code, detail } = await refusal(left.properties.on?.read());
    expect(code).to.equal('unavailable');
    expect(detail).to.include('lamp');
  });
});
