import { createSite, type Principal, ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { expect } from 'chai';
import { mount } from '../src/index.js';
import { bindingHttp } from './fixture/bindings.js';
import { createInbox } from './fixture/inbox.js';
import { createOven } from './fixture/oven.js';
import { startServient } from './fixture/servients.js';

const cook: Principal = { id: 'service:cook', kind: 'service', grants: [{ role: 'cook' }] };

async function setUp() {
  const oven = createOven();
  const site = createSite({
    compileCheck,
    policy: ({ principal }) => principal.grants.some(({ role }) => role === 'cook'),
  });
  const thing = site.add('oven', oven.exposure);
  const server = new bindingHttp.HttpServer({ port: 0, address: '127.0.0.1' });
  const producer = await startServient({ servers: [server] });
  const consumer = await startServient({ clients: [new bindingHttp.HttpClientFactory()] });
  const url = (): string => `http://127.0.0.1:${server.getPort()}/oven`;
  const dispose = async (): Promise<void> => {
    await consumer[Symbol.asyncDispose]();
    await producer[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
  };
  return { oven, site, thing, server, producer, consumer, url, [Symbol.asyncDispose]: dispose };
}

type Setting = Awaited<ReturnType<typeof setUp>>;

/** The mounted oven, as a consumer reaches it over node-wot's HTTP server; its addresses are those of the machine. */
async function consumeOven({ consumer, url }: Setting) {
  const td = await consumer.wot.requestThingDescription(url());
  const local = JSON.parse(JSON.stringify(td).replaceAll(/http:\/\/[^/"]+/g, new URL(url()).origin));
  return consumer.wot.consume(local);
}

describe('mount', () => {
  it("exposes a Thing on node-wot's HTTP server: properties, actions at their end, errors", async () => {
    await using t = await setUp();
    await using _mounted = await mount(t.thing, t.producer.servient, { principal: cook });
    const thing = await consumeOven(t);
    expect(thing.getThingDescription()).to.include({ id: t.thing.id, title: 'Oven' });
    await thing.writeProperty('target', 99);
    expect(await (await thing.readProperty('target')).value()).to.equal(99);
    expect(await (await thing.invokeAction('double', 21))?.value()).to.equal(42);
    const baking = thing.invokeAction('bake', { minutes: 3 });
    while (
      Object.values((await t.thing.request({ op: 'queryallactions' }, { principal: cook })).statuses ?? {}).flat()
        .length === 0
    ) {
      await thing.readProperty('target');
    }
    t.oven.finish();
    expect(await (await baking)?.value()).to.equal('baked for 3 minutes');
    expect(await thing.invokeAction('refuse').catch(() => 'refused')).to.equal('refused');
    expect(await thing.writeProperty('target', 999).catch(() => 'refused')).to.equal('refused');
  });

  it('tells every change once, with the value of that change, and every event', async () => {
    await using t = await setUp();
    await using mounted = await mount(t.thing, t.producer.servient, { principal: cook });
    const [temperature, ready, opened] = [createInbox(), createInbox(), createInbox()];
    const { exposed } = mounted;
    const take =
      ({ take }: typeof ready) =>
      (content: { toBuffer(): Promise<Buffer> }): void =>
        take({ value: async () => JSON.parse((await content.toBuffer()).toString()) });
    await exposed.handleObserveProperty('temperature', take(temperature), { formIndex: 0 });
    await exposed.handleSubscribeEvent('ready', take(ready), { formIndex: 0 });
    await exposed.handleSubscribeEvent('opened', take(opened), { formIndex: 0 });
    for (const degrees of [21, 22, 23]) t.oven.heat(degrees);
    t.oven.ready('pie');
    t.oven.open();
    expect(await temperature.until(3)).to.deep.equal([21, 22, 23]);
    expect(await ready.until(1)).to.deep.equal([{ dish: 'pie' }]);
    expect(await opened.until(1)).to.deep.equal([null]);
  });

  it('acts on behalf of a principal, nobody where none is named', async () => {
    await using t = await setUp();
    await using _mounted = await mount(t.thing, t.producer.servient);
    const thing = await consumeOven(t);
    expect(await thing.readProperty('target').catch(() => 'refused')).to.equal('refused');
  });

  it('takes the Thing off again, which stays', async () => {
    await using t = await setUp();
    const mounted = await mount(t.thing, t.producer.servient, { principal: cook });
    expect((await fetch(t.url())).status).to.equal(200);
    await mounted[Symbol.asyncDispose]();
    await mounted[Symbol.asyncDispose]();
    expect((await fetch(t.url())).status).to.equal(404);
    expect(await t.thing.request({ op: 'readproperty', name: 'target' }, { principal: cook })).to.include({
      value: 180,
    });
  });

  it('refuses an id that the Servient has already', async () => {
    await using t = await setUp();
    await using _mounted = await mount(t.thing, t.producer.servient, { principal: cook });
    const error: unknown = await mount(t.thing, t.producer.servient).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(ThingError).and.to.include({ code: 'conflict' });
  });
});
