import type { ExposedThing } from '@node-wot/core';
import { consume } from '@thingwright/client';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { WebSocketClientFactory, WebSocketServer, type WebSocketServerConfig } from '../src/index.js';
import { bindingHttp } from './fixture/bindings.js';
import { createInbox } from './fixture/inbox.js';
import { type StartedServient, startServient } from './fixture/servients.js';

const COUNTER: Parameters<StartedServient['wot']['produce']>[0] = {
  title: 'My Counter',
  id: 'urn:dev:counter',
  properties: {
    count: { type: 'integer', observable: true },
    secret: { type: 'string', writeOnly: true },
    silent: { type: 'integer', readOnly: true },
  },
  actions: {
    add: { input: { type: 'integer' }, output: { type: 'integer' } },
    break: {},
    count: { synchronous: false, output: { type: 'string' } },
  },
  events: { hit: { data: { type: 'integer' } }, reset: {} },
};

/** Exposes a counter on a Servient. */
async function exposeCounter({ wot, servient }: StartedServient): Promise<ExposedThing> {
  const counter = await wot.produce(COUNTER);
  let count = 0;
  const set = async (value: number): Promise<void> => {
    count = value;
    counter.emitPropertyChange('count');
  };
  counter
    .setPropertyReadHandler('count', async () => count)
    .setPropertyWriteHandler('count', async (output) => set(Number(await output.value())))
    .setPropertyReadHandler('silent', async () => 7)
    .setActionHandler('add', async (output) => {
      await set(count + Number(await output.value()));
      return count;
    })
    .setActionHandler('break', async () => {
      throw new Error('a secret of the program');
    })
    .setActionHandler('count', async () => 'counted');
  await counter.expose();
  const exposed = servient.getThing(COUNTER.id ?? '');
  if (!exposed) throw new Error('node-wot made no Thing');
  return exposed;
}

async function setUp(config: WebSocketServerConfig = {}) {
  const server = new WebSocketServer({ port: 0, address: '127.0.0.1', ...config });
  const producer = await startServient({ servers: [server] });
  const exposed = await exposeCounter(producer);
  const url = `ws://127.0.0.1:${server.getPort()}/things/my-counter`;
  return { server, producer, exposed, url, [Symbol.asyncDispose]: () => producer[Symbol.asyncDispose]() };
}

const startConsumer = (credentials = {}) => startServient({ clients: [new WebSocketClientFactory()], credentials });

const codeOf = async (doing: Promise<unknown>): Promise<string> => {
  const error: unknown = await doing.then(() => undefined).catch((thrown: unknown) => thrown);
  return error instanceof ThingError ? error.code : String(error);
};

describe('WebSocketServer', () => {
  it('gives each of 20 subscribers each event once, and each change of a property', async () => {
    await using t = await setUp();
    const td = t.exposed.getThingDescription();
    const consumers = await Promise.all(Array.from({ length: 21 }, () => startConsumer()));
    await using _all = {
      [Symbol.asyncDispose]: async () => void (await Promise.all(consumers.map((one) => one[Symbol.asyncDispose]()))),
    };
    const [writer, ...subscribers] = await Promise.all(consumers.map(({ wot }) => wot.consume(td)));
    const hits = [];
    const counts = [];
    for (const thing of subscribers) {
      const [hit, count] = [createInbox(), createInbox()];
      await thing.subscribeEvent('hit', hit.take);
      await thing.observeProperty('count', count.take);
      hits.push(hit);
      counts.push(count);
    }
    const expected = Array.from({ length: 50 }, (_, n) => n);
    for (const n of expected) t.exposed.emitEvent('hit', n);
    for (const n of expected) await writer?.writeProperty('count', n + 1);
    // Whatever came twice would have come before the answer to this.
    t.exposed.emitEvent('hit', -1);
    for (const hit of hits) expect(await hit.until(51)).to.deep.equal([...expected, -1]);
    for (const count of counts) expect(await count.until(50)).to.deep.equal(expected.map((n) => n + 1));
  });

  it("speaks to node-wot's consumed Things", async () => {
    await using t = await setUp();
    await using consumer = await startConsumer();
    const thing = await consumer.wot.consume(await consumer.wot.requestThingDescription(t.url));
    await thing.writeProperty('count', 5);
    expect(await (await thing.readProperty('count')).value()).to.equal(5);
    expect(await (await thing.invokeAction('add', 2))?.value()).to.equal(7);
    expect(await (await thing.invokeAction('count'))?.value()).to.include({ state: 'pending' });
    expect(await codeOf(thing.writeProperty('count', 'many'))).to.equal('invalid');
    expect(await codeOf(thing.invokeAction('break'))).to.equal('failed');
  });

  it('speaks to our own clients, and keeps what a handler throws to itself', async () => {
    await using t = await setUp();
    await using counter = await consume(t.url.replace('ws', 'http'));
    expect(await counter.readAll()).to.deep.equal({ count: 0, silent: 7 });
    const failed = await counter.actions.break?.().output.catch((error: unknown) => error);
    expect(String(failed)).not.to.include('secret');
    expect(await counter.actions.count?.().output).to.equal('counted');
  });

  it('adds forms that say what they are for, and serves the description over HTTP', async () => {
    await using t = await setUp();
    const { properties, forms } = t.exposed.getThingDescription();
    expect(properties?.count?.forms).to.have.lengthOf(1);
    expect(properties?.count?.forms[0]).to.deep.include({
      href: t.url.replace('/my-counter', ''),
      subprotocol: 'webthingprotocol',
      'tw:affordance': 'urn:dev:counter#/properties/count',
    });
    expect(forms).to.have.lengthOf(1);
    const http = t.url.replace('ws', 'http');
    const td = await (await fetch(http)).json();
    expect(td).to.include({ id: 'urn:dev:counter', title: 'My Counter' });
    expect((await fetch(http, { method: 'POST' })).status).to.equal(405);
    expect((await fetch(http.replace('my-counter', 'other'))).status).to.equal(426);
  });

  it('serves a Thing no longer once it is destroyed', async () => {
    await using t = await setUp();
    await using consumer = await startConsumer();
    const thing = await consumer.wot.consume(t.exposed.getThingDescription());
    expect(await (await thing.readProperty('count')).value()).to.equal(0);
    await t.exposed.destroy();
    expect(await codeOf(thing.readProperty('count'))).to.equal('notFound');
    expect(await t.server.destroy('urn:dev:counter')).to.equal(false);
  });

  it('gives Things of one title names of their own', async () => {
    await using t = await setUp();
    const twin = await t.producer.wot.produce({ title: 'My Counter', id: 'urn:dev:twin' });
    await twin.expose();
    const td = await (await fetch(`${t.url.replace('ws', 'http')}-2`)).json();
    expect(td).to.include({ id: 'urn:dev:twin' });
  });

  it('serves what was produced before the server was there', async () => {
    const producer = await startServient({});
    const exposed = await exposeCounter(producer);
    await using server = Object.assign(new WebSocketServer({ port: 0, address: '127.0.0.1' }), {
      [Symbol.asyncDispose]: () => server.stop(),
    });
    producer.servient.addServer(server);
    expect(server.getPort()).to.equal(-1);
    await server.start(producer.servient);
    await using counter = await consume(`http://127.0.0.1:${server.getPort()}/things/my-counter`);
    expect(counter.id).to.equal(exposed.id);
  });

  it("shares the port of node-wot's HTTP server", async () => {
    const web = new bindingHttp.HttpServer({ port: 0, address: '127.0.0.1' });
    const server = new WebSocketServer(web);
    await using producer = await startServient({ servers: [web, server] });
    const exposed = await exposeCounter(producer);
    expect(server.getPort()).to.equal(web.getPort());
    await using consumer = await startConsumer();
    const td = exposed.getThingDescription();
    const local = JSON.parse(JSON.stringify(td).replaceAll(/ws:\/\/[^/]+/g, `ws://127.0.0.1:${web.getPort()}`));
    const thing = await consumer.wot.consume(local);
    expect(await (await thing.readProperty('silent')).value()).to.equal(7);
  });

  it('lets in whom the program knows', async () => {
    const ada = { id: 'user:ada', kind: 'user', grants: [] } as const;
    await using t = await setUp({
      authenticate: (shown) =>
        shown.kind === 'basic' && shown.user === 'ada' && shown.password === 'pass' ? { principal: ada } : undefined,
      security: {
        definitions: { basic_sc: { scheme: 'basic', in: 'header', name: 'Authorization' } },
        thing: 'basic_sc',
      },
    });
    const td = t.exposed.getThingDescription();
    await using known = await startConsumer({ [COUNTER.id ?? '']: { username: 'ada', password: 'pass' } });
    expect(await (await (await known.wot.consume(td)).readProperty('silent')).value()).to.equal(7);
    await using unknown = await startConsumer();
    expect(await codeOf((await unknown.wot.consume(td)).readProperty('silent'))).to.equal('unauthenticated');
    expect((await fetch(t.url.replace('ws', 'http'))).status).to.equal(401);
  });

  it('refuses a port that is taken', async () => {
    await using t = await setUp();
    const second = new WebSocketServer({ port: t.server.getPort(), address: '127.0.0.1' });
    expect(await codeOf(second.start(t.producer.servient))).to.include('EADDRINUSE');
    await second.stop();
  });
});
