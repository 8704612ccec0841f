import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { type ConsumedThing, consume } from '@thingwright/client';
import { type Authenticate, defineThing, expose, type Security, state, ThingError } from '@thingwright/core';
import { type Introduction, openDnsSD } from '@thingwright/directory/introduction';
import { serve } from '@thingwright/listener';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import * as t from 'typebox';
import { freeUDPPort } from '../../../../test/free-udp-port.js';
import { type Gateway, type GatewayOptions, openGateway } from '../../src/index.js';
import { eventually } from '../eventually.js';

const ADMIN_TOKEN = 'the-admin-token';
const SECRET = 'token-of-the-lamp';
const LOOPBACK = ['127.0.0.1'];

const Lamp = defineThing({ title: 'Lamp', properties: { level: { schema: t.Integer() } } });

/** A WoT Thing of somebody else, which announces itself on the loopback. */
async function startLamp(port: number, options: { readonly token?: string; readonly port?: number } = {}) {
  const level = state(7);
  const { token } = options;
  const authenticate: Authenticate = (credentials) =>
    credentials.kind === 'bearer' && credentials.token === token
      ? { principal: { id: 'gateway', kind: 'service', grants: [] } }
      : undefined;
  const security: Security = { definitions: { bearer_sc: { scheme: 'bearer' } }, thing: 'bearer_sc' };
  const served = await serve({
    things: { lamp: expose(Lamp, () => ({ properties: { level } })) },
    bindings: [http(), websocket()],
    listen: { port: options.port ?? 0 },
    ...(token === undefined ? {} : { authenticate, security }),
  });
  const dns = await openDnsSD({ interfaces: LOOPBACK, port });
  const at = Number(new URL(served.url).port);
  await dns.announce({ name: 'Lamp', port: at, td: '/things/lamp', type: 'Thing', scheme: 'http' }, { pause: 10 });
  return {
    level,
    td: `${served.url}/things/lamp`,
    port: at,
    async [Symbol.asyncDispose]() {
      await dns[Symbol.asyncDispose]();
      await served[Symbol.asyncDispose]();
    },
  };
}

const open = (multicastPort: number, options: GatewayOptions = {}) =>
  openGateway({
    port: 0,
    adminToken: ADMIN_TOKEN,
    allowPrivateAddresses: LOOPBACK,
    discovery: ['dns-sd'],
    discoveryInterfaces: LOOPBACK,
    multicastPort,
    ...options,
  });

const consumed = ({ url }: Gateway, name: string): Promise<ConsumedThing> =>
  consume(`${url}/things/${name}`, { token: ADMIN_TOKEN });

/** The list `discovered` of a gateway, once it is as it should be. */
async function discovered(gateway: Gateway, fits: (text: string) => boolean): Promise<string> {
  await using thing = await consumed(gateway, 'gateway');
  const list = thing.properties.discovered;
  if (!list) throw new Error('nothing is listed');
  const texts = list.pipe(filter((value) => fits(JSON.stringify(value))));
  return JSON.stringify(await firstValueFrom(texts));
}

describe('a gateway that looks for Things', function () {
  // Names on the network are asked for, with pauses that the protocol wants.
  this.timeout(30_000);

  it('lists one that announces itself, and serves it as its own once somebody adopts it', async () => {
    const port = await freeUDPPort();
    await using gateway = await open(port);
    await using lamp = await startLamp(port);
    const list = await discovered(gateway, (text) => text.includes('"state":"found"'));
    expect(JSON.parse(list)).to.have.length(1);
    expect(JSON.parse(list)[0]).to.include({ key: lamp.td, title: 'Lamp', source: 'dns-sd', address: lamp.td });
    expect(gateway.adoptions.get('lamp')).to.equal(undefined);

    await using thing = await consumed(gateway, 'gateway');
    const adopted = await thing.actions.adoptThing?.({ discovered: lamp.td, name: 'desk' }).output;
    expect(adopted).to.include({ name: 'desk', td: `${gateway.url}/things/desk` });
    await discovered(gateway, (text) => text.includes('"state":"adopted","name":"desk"'));
    await using desk = await consumed(gateway, 'desk');
    await eventually(() => desk.properties.level?.write(3));
    expect(lamp.level.get()).to.equal(3);
  });

  it('adopts at once where the policy says so, and has it after a restart', async () => {
    const port = await freeUDPPort();
    const data = await mkdtemp(join(tmpdir(), 'thingwright-'));
    try {
      await using lamp = await startLamp(port);
      {
        await using gateway = await open(port, { discoveryAdopt: true, data });
        await discovered(gateway, (text) => text.includes('"state":"adopted","name":"lamp"'));
      }
      await using gateway = await open(port, { discoveryAdopt: true, data });
      await discovered(gateway, (text) => text.includes('"state":"adopted","name":"lamp"'));
      expect([...(await firstValueFrom(gateway.adoptions.things))].map(({ name }) => name)).to.deep.equal(['lamp']);
      expect(gateway.adoptions.get('lamp')).to.include({ source: lamp.td });
      await using desk = await consumed(gateway, 'lamp');
      expect(await eventually(() => desk.properties.level?.read())).to.equal(7);
    } finally {
      await rm(data, { recursive: true });
    }
  });

  it('leaves alone what somebody has released, after a restart too, though the policy adopts everything', async () => {
    const port = await freeUDPPort();
    const data = await mkdtemp(join(tmpdir(), 'thingwright-'));
    try {
      await using lamp = await startLamp(port);
      {
        await using gateway = await open(port, { discoveryAdopt: true, data });
        await discovered(gateway, (text) => text.includes('"state":"adopted"'));
      }
      {
        // Nobody is looked for, so that it is not known any more what it was found as.
        await using gateway = await open(port, { discovery: [], data });
        await using thing = await consumed(gateway, 'gateway');
        await thing.actions.releaseThing?.({ name: 'lamp' }).output;
      }
      await using gateway = await open(port, { discoveryAdopt: true, data });
      await discovered(gateway, (text) => text.includes('"state":"found"'));
      await using thing = await consumed(gateway, 'gateway');
      await thing.actions.adoptThing?.({ discovered: lamp.td, name: 'desk' }).output;
      expect(gateway.adoptions.get('lamp')).to.equal(undefined);
      expect(gateway.adoptions.get('desk')).to.include({ source: lamp.td });
    } finally {
      await rm(data, { recursive: true });
    }
  });

  it('keeps what it shows to a found Thing sealed, over a restart', async () => {
    const port = await freeUDPPort();
    const data = await mkdtemp(join(tmpdir(), 'thingwright-'));
    try {
      await using lamp = await startLamp(port, { token: SECRET });
      {
        await using gateway = await open(port, { data });
        const list = await discovered(gateway, (text) => text.includes('"state":"unreachable"'));
        expect(list).to.include('401');
        await using thing = await consumed(gateway, 'gateway');
        const without = await thing.actions
          .adoptThing?.({ discovered: lamp.td })
          .output.catch((error: unknown) => error);
        expect(without).to.be.instanceOf(ThingError).with.property('code', 'unavailable');
        await thing.actions.adoptThing?.({ discovered: lamp.td, credentials: { token: SECRET } }).output;
        await discovered(gateway, (text) => text.includes('"state":"adopted"'));
      }
      await using gateway = await open(port, { data });
      await using desk = await consumed(gateway, 'lamp');
      expect(await eventually(() => desk.properties.level?.read())).to.equal(7);
      expect(JSON.stringify(desk.td)).to.not.include(SECRET);
      for (const file of await readdir(data)) {
        const bytes = await readFile(join(data, file)).catch(() => Buffer.alloc(0));
        expect(bytes.includes(SECRET), file).to.equal(false);
      }
    } finally {
      await rm(data, { recursive: true });
    }
  });

  it('looks for nothing unless it is asked to, and at a server when somebody names it', async () => {
    const port = await freeUDPPort();
    await using lamp = await startLamp(port);
    await using gateway = await open(port, { discovery: [] });
    await using thing = await consumed(gateway, 'gateway');
    expect(await thing.properties.discovered?.read()).to.deep.equal([]);
    const found = await thing.actions.discover?.({ url: lamp.td }).output;
    expect(found).to.have.length(1);
    expect(JSON.stringify(await thing.properties.discovered?.read())).to.equal(JSON.stringify(found));
    const refused = await thing.actions
      .discover?.({ url: 'coap://127.0.0.1/' })
      .output.catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(ThingError).with.property('code', 'invalid');
  });

  it('is announced as a directory, and found by another one that is not let in', async () => {
    const port = await freeUDPPort();
    await using announcing = await open(port, { announce: true, discovery: [] });
    await using dns = await openDnsSD({ interfaces: LOOPBACK, port });
    using browser = dns.browse();
    const found = await firstValueFrom(browser.introductions.pipe(filter(({ length }) => length > 0)));
    const expected: Introduction = {
      url: `${announcing.url}/.well-known/wot`,
      type: 'Directory',
      mechanism: 'dns-sd',
      label: `Thingwright ${announcing.id.slice(9, 17)}`,
    };
    expect(found).to.deep.equal([expected]);
  });

  it('does not find itself', async () => {
    const port = await freeUDPPort();
    await using gateway = await open(port, { announce: true });
    await using _lamp = await startLamp(port);
    const list = await discovered(gateway, (text) => text.includes('Lamp'));
    expect(list).to.not.include('Thingwright');
  });

  it('rejects an interface that it has not', async () => {
    const refused = await open(await freeUDPPort(), { discoveryInterfaces: ['192.0.2.99'] }).catch(
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(ThingError).with.property('code', 'unavailable');
  });
});
