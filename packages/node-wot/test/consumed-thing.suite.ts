import type { ProtocolClientFactory } from '@node-wot/core';
import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { serve } from '@thingwright/listener';
import { expect } from 'chai';
import { createInbox } from './fixture/inbox.js';
import { createOven } from './fixture/oven.js';
import { startServient } from './fixture/servients.js';

/** Over what node-wot's own code reaches an oven. */
export interface Transport {
  readonly name: string;
  readonly scheme: string;
  readonly createClients: () => readonly ProtocolClientFactory[];
}

/** node-wot's consumed Thing, unmodified, uses a Thing of ours. */
export function consumedThingSuite({ name, scheme, createClients }: Transport): void {
  describe(`A consumed Thing of node-wot over ${name}`, () => {
    async function setUp() {
      const oven = createOven();
      const served = await serve({ things: { oven: oven.exposure }, bindings: [http({ port: 0 }), websocket()] });
      const consumer = await startServient({ clients: createClients() });
      const td = await consumer.wot.requestThingDescription(`${served.url.replace('http', scheme)}/things/oven`);
      const thing = await consumer.wot.consume(td);
      const dispose = async (): Promise<void> => {
        await consumer[Symbol.asyncDispose]();
        await served[Symbol.asyncDispose]();
      };
      return { oven, served, thing, td, consumer, [Symbol.asyncDispose]: dispose };
    }

    it('reads and writes properties', async () => {
      await using t = await setUp();
      expect(await (await t.thing.readProperty('temperature')).value()).to.equal(20);
      await t.thing.writeProperty('target', 99);
      expect(await (await t.thing.readProperty('target')).value()).to.equal(99);
      await t.thing.writeProperty('recipe', { name: 'pie', minutes: 30 });
      expect(await (await t.thing.readProperty('recipe')).value()).to.deep.equal({ name: 'pie', minutes: 30 });
    });

    it('reads and writes several properties', async () => {
      await using t = await setUp();
      const all = await t.thing.readAllProperties();
      expect([...all.keys()]).to.deep.equal(['temperature', 'target', 'recipe']);
      expect(await all.get('target')?.value()).to.equal(180);
      await t.thing.writeMultipleProperties(new Map([['target', 100]]));
      const some = await t.thing.readMultipleProperties(['target']);
      expect(await some.get('target')?.value()).to.equal(100);
    });

    it('observes a property until it stops', async () => {
      await using t = await setUp();
      const inbox = createInbox();
      const subscription = await t.thing.observeProperty('temperature', inbox.take);
      t.oven.heat(60);
      t.oven.heat(90);
      expect(await inbox.until(2)).to.deep.equal([60, 90]);
      await subscription.stop();
      t.oven.heat(120);
      const again = createInbox();
      await t.thing.observeProperty('temperature', again.take);
      t.oven.heat(150);
      expect(await again.until(1)).to.deep.equal([150]);
      expect(inbox.values).to.have.lengthOf(2);
    });

    it('subscribes to an event', async () => {
      await using t = await setUp();
      const inbox = createInbox();
      const subscription = await t.thing.subscribeEvent('ready', inbox.take);
      t.oven.ready('pie');
      t.oven.ready('pie');
      expect(await inbox.until(2)).to.deep.equal([{ dish: 'pie' }, { dish: 'pie' }]);
      await subscription.stop();
    });

    it('invokes actions: the output of a synchronous one, the status of another', async () => {
      await using t = await setUp();
      expect(await (await t.thing.invokeAction('double', 21))?.value()).to.equal(42);
      const status = await (await t.thing.invokeAction('bake', { minutes: 3 }))?.value();
      expect(status).to.include.keys('timeRequested');
    });

    it('is told what went wrong', async () => {
      await using t = await setUp();
      const failure = async (doing: Promise<unknown>): Promise<unknown> => doing.then(() => undefined).catch((e) => e);
      expect(await failure(t.thing.writeProperty('target', 999))).to.be.an('error');
      expect(await failure(t.thing.invokeAction('refuse'))).to.be.an('error');
      expect(await failure(t.thing.readProperty('nothing'))).to.be.an('error');
    });
  });
}
