import type { Content, Form } from '@node-wot/core';
import { websocket } from '@thingwright/binding-websocket';
import { type Authenticate, ThingError } from '@thingwright/core';
import { serve } from '@thingwright/listener';
import { expect } from 'chai';
import { fromContent, toContent } from '../src/content.js';
import {
  addressed,
  invocationOf,
  WebSocketClient,
  WebSocketClientFactory,
  WebSocketSecureClientFactory,
} from '../src/index.js';
import { createInbox } from './fixture/inbox.js';
import { openLine } from './fixture/line.js';
import { createOven } from './fixture/oven.js';
import { startServient } from './fixture/servients.js';

const ada = { principal: { id: 'user:ada', kind: 'user', grants: [] } } as const;

async function setUp(authenticate?: Authenticate) {
  const oven = createOven();
  const served = await serve({
    things: { oven: oven.exposure },
    bindings: [websocket({ listen: { port: 0 } })],
    ...(authenticate ? { authenticate } : {}),
  });
  const thing = served.site.things.get('oven');
  const td = thing && served.site.describe(thing, served.url, ada.principal);
  if (!td) throw new Error('there is no oven');
  const factory = new WebSocketClientFactory();
  const client = factory.getClient();
  const form = (group: 'properties' | 'actions' | 'events', name: string, op?: string): Form => {
    const found = td[group]?.[name]?.forms[0];
    if (!found) throw new Error(`there is no ${name}`);
    const { href, subprotocol = '', 'tw:affordance': uri } = found;
    return { href, subprotocol, 'tw:affordance': uri, op: op ?? [found.op ?? []].flat() };
  };
  const whole = (...op: string[]): Form => ({ ...form('properties', 'target'), op, 'tw:affordance': td.id });
  const dispose = async (): Promise<void> => {
    factory.destroy();
    await served[Symbol.asyncDispose]();
  };
  return { oven, served, td, factory, client, form, whole, [Symbol.asyncDispose]: dispose };
}

const codeOf = async (doing: Promise<unknown>): Promise<string> => {
  const error: unknown = await doing.then(() => undefined).catch((thrown: unknown) => thrown);
  return error instanceof ThingError ? error.code : String(error);
};

describe('WebSocketClient', () => {
  it('reads, writes and observes all of a Thing by its top-level forms', async () => {
    await using t = await setUp();
    const all = await fromContent(await t.client.readResource(t.whole('readallproperties')));
    expect(all).to.deep.equal({ temperature: 20, target: 180, recipe: { name: 'bread', minutes: 45 } });
    const contents: Content[] = [];
    const came = new Promise<void>((resolve) => {
      const next = (content: Content): void => {
        if (contents.push(content) === 2) resolve();
      };
      void t.client
        .subscribeResource(t.whole('observeallproperties', 'unobserveallproperties'), next)
        .then(async () => {
          await t.client.writeResource(t.whole('writemultipleproperties'), toContent({ target: 100 }));
          t.oven.heat(30);
        });
    });
    await came;
    expect(await Promise.all(contents.map(fromContent))).to.deep.equal([{ target: 100 }, { temperature: 30 }]);
    const recipe = { name: 'pie', minutes: 1 };
    await t.client.writeResource(t.whole('writeallproperties'), toContent({ target: 1, recipe }));
    expect(await fromContent(await t.client.readResource(t.form('properties', 'target')))).to.equal(1);
    expect(await codeOf(t.client.writeResource(t.whole('writeallproperties'), toContent({ target: 1 })))).to.equal(
      'invalid',
    );
    expect(await codeOf(t.client.writeResource(t.whole('writemultipleproperties'), toContent(7)))).to.equal('invalid');
  });

  it('subscribes to all events, and lists all invocations', async () => {
    await using t = await setUp();
    const next = new Promise<Content>((resolve) => {
      void t.client.subscribeResource(t.whole('subscribeallevents'), resolve).then(() => t.oven.ready('pie'));
    });
    expect(await fromContent(await next)).to.deep.equal({ ready: { dish: 'pie' } });
    await t.client.unlinkResource(t.whole('unsubscribeallevents'));
    await t.client.invokeResource(t.form('actions', 'bake'), toContent({ minutes: 1 }));
    const statuses = await fromContent(await t.client.readResource(t.whole('queryallactions')));
    expect(JSON.stringify(statuses)).to.match(/"bake":\[\{"actionID":"[0-9a-f-]{36}","state":"(pending|running)"/);
  });

  it('queries and cancels an invocation that node-wot has made', async () => {
    await using t = await setUp();
    await using consumer = await startServient({ clients: [t.factory] });
    const thing = await consumer.wot.consume(JSON.parse(JSON.stringify(t.td)));
    const first = await invocationOf(consumer.servient, await thing.invokeAction('bake', { minutes: 3 }));
    expect(await first.query()).to.include({ actionID: first.actionID, state: 'running' });
    t.oven.finish();
    expect(await first.query()).to.include({ state: 'completed', output: 'baked for 3 minutes' });
    expect(await codeOf(first.cancel())).to.equal('conflict');
    const output = await thing.invokeAction('bake', { minutes: 4 });
    await output?.value();
    const second = await invocationOf(consumer.servient, output);
    await second.cancel();
    expect(await codeOf(second.query())).to.equal('notFound');
  });

  it('finds no invocation where there is none', async () => {
    await using t = await setUp();
    await using consumer = await startServient({ clients: [t.factory] });
    const thing = await consumer.wot.consume(JSON.parse(JSON.stringify(t.td)));
    const sum = await thing.invokeAction('double', 2);
    expect(await codeOf(invocationOf(consumer.servient, sum))).to.equal('notAllowed');
    expect(await codeOf(invocationOf(consumer.servient, undefined))).to.equal('notAllowed');
    expect(await codeOf(t.client.invokeResource(t.form('actions', 'bake', 'queryaction')))).to.equal('invalid');
  });

  it('refuses a form that says nothing of its affordance, or is for something else', async () => {
    await using t = await setUp();
    const { 'tw:affordance': _, ...form } = t.form('properties', 'target');
    const silent: Form = { ...form, href: t.form('properties', 'target').href };
    expect(await codeOf(t.client.readResource(silent))).to.equal('notAllowed');
    const client = t.client;
    const wrong = [
      client.readResource(t.form('actions', 'double')),
      client.writeResource(t.form('events', 'ready'), toContent(1)),
      client.invokeResource(t.form('properties', 'target')),
      client.subscribeResource(t.form('actions', 'double'), () => undefined),
      client.readResource(t.whole('observeallproperties')),
    ];
    for (const doing of wrong) expect(await codeOf(doing)).to.equal('notAllowed');
    const known = addressed({ id: t.td.id, properties: { target: { forms: [silent] } } });
    expect(await fromContent(await client.readResource(known.properties.target.forms[0] ?? silent))).to.equal(180);
  });

  it('refuses content that is no JSON', async () => {
    await using t = await setUp();
    const target = t.form('properties', 'target');
    const code = await codeOf(t.client.writeResource(target, toContent('x', 'text/plain')));
    expect(code).to.equal('unsupportedMedia');
  });

  it('says that nobody is there, and tries anew when asked again', async () => {
    const gone = await setUp();
    const form = gone.form('properties', 'target');
    await gone[Symbol.asyncDispose]();
    expect(await codeOf(gone.client.readResource(form))).to.equal('disconnected');
    expect(await codeOf(gone.client.readResource(form))).to.equal('disconnected');
  });

  it('shows its credentials, which the other clients of the factory have for that Thing then', async () => {
    await using t = await setUp((shown) => (shown.kind === 'bearer' && shown.token === 'secret' ? ada : undefined));
    const form = t.form('properties', 'target');
    expect(await codeOf(t.client.readResource(form))).to.equal('unauthenticated');
    expect(t.client.setSecurity([{ scheme: 'oauth2' }], { token: 'secret' })).to.equal(false);
    expect(t.client.setSecurity([{ scheme: 'bearer' }], { token: 'secret' })).to.equal(true);
    expect(await fromContent(await t.client.readResource(form))).to.equal(180);
    expect(await fromContent(await t.factory.getClient().readResource(form))).to.equal(180);
    const stranger = t.factory.getClient();
    stranger.setSecurity([{ scheme: 'bearer' }], { token: 'wrong' });
    expect(await codeOf(stranger.readResource(form))).to.equal('unauthenticated');
  });

  it('ends subscriptions when it stops, and tells of the end when its connection closes for good', async () => {
    await using t = await setUp();
    const alone = new WebSocketClient();
    const form = t.form('properties', 'temperature');
    const told: string[] = [];
    const subscribe = (client: WebSocketClient | typeof t.client) =>
      client.subscribeResource(
        form,
        () => told.push('next'),
        () => told.push('error'),
        () => told.push('complete'),
      );
    const subscription = await subscribe(alone);
    await alone.start();
    await alone.stop();
    expect(subscription.closed).to.equal(true);
    await subscribe(t.client);
    t.factory.destroy();
    expect(told).to.deep.equal([]);
    await alone.stop();
    const again = t.factory.getClient();
    expect(await fromContent(await again.readResource(form))).to.equal(20);
    expect(told).to.deep.equal(['complete']);
  });

  it('goes on after the line was cut: every event once and in order', async () => {
    await using t = await setUp();
    await using line = await openLine(Number(new URL(t.served.url).port));
    const factory = new WebSocketClientFactory({ backOff: { minimum: 1, maximum: 5 } });
    const form = { ...t.form('events', 'ready'), href: `ws://127.0.0.1:${line.port}/things` };
    const inbox = createInbox();
    const errors: Error[] = [];
    const next = (content: Content): void => void inbox.take({ value: () => fromContent(content) });
    await factory.getClient().subscribeResource(form, next, (error) => errors.push(error));
    for (let n = 0; n < 30; n++) {
      t.oven.ready(`dish ${n}`);
      if (n % 10 === 0) await inbox.until(n + 1);
      if (n % 10 === 5) line.cut();
    }
    expect(await inbox.until(30)).to.deep.equal(Array.from({ length: 30 }, (_, n) => ({ dish: `dish ${n}` })));
    expect(errors).to.deep.equal([]);
    factory.destroy();
  });

  it('says that something may have been lost, where the line was cut before the first event', async () => {
    await using t = await setUp();
    await using line = await openLine(Number(new URL(t.served.url).port));
    const factory = new WebSocketClientFactory({ backOff: { minimum: 1, maximum: 5 } });
    const form = { ...t.form('events', 'ready'), href: `ws://127.0.0.1:${line.port}/things` };
    const gap = new Promise<Error>((resolve) => {
      const told = factory.getClient().subscribeResource(form, () => undefined, resolve);
      void told.then(() => line.cut());
    });
    expect(await gap)
      .to.be.instanceOf(ThingError)
      .and.to.include({ code: 'disconnected' });
    factory.destroy();
  });

  it('comes for ws and for wss, constructed as with the binding of node-wot', () => {
    expect(new WebSocketClientFactory().scheme).to.equal('ws');
    expect(new WebSocketClientFactory(null).init()).to.equal(true);
    expect(new WebSocketSecureClientFactory().scheme).to.equal('wss');
    expect(String(new WebSocketSecureClientFactory().getClient())).to.equal('[WebSocketClient]');
  });
});
