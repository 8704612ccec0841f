import type { ProtocolClientFactory } from '@node-wot/core';
import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { serve } from '@thingwright/listener';
import { expect } from 'chai';
import { createInbox, type Inbox } from './fixture/inbox.js';
import { createOven } from './fixture/oven.js';
import { startServient } from './fixture/servients.js';

/** Over what node-wot's own code reaches an oven. */
export interface Transport {
  readonly name: string;
  readonly scheme: string;
  /** Whether nothing is lost between two notifications. */
  readonly isLossless: boolean;
  readonly createClients: () => readonly ProtocolClientFactory[];
}

/** node-wot's consumed Thing, unmodified, uses a Thing of ours. */
export function consumedThingSuite({ name, scheme, isLossless, createClients }: Transport): void {
  describe(`A consumed Thing of node-wot over ${name}`, () => {
    async function setUp() {
      const oven = createOven();
      const served = await serve({
        things: { oven: oven.exposure },
        bindings: [http({ port: 0, longPolling: true }), websocket()],
      });
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

    /** Says something with rising numbers until the inbox has so many; a read between two gives a slow transport time. */
    async function tell(t: Awaited<ReturnType<typeof setUp>>, inbox: Inbox, say: (n: number) => void): Promise<number> {
      let told = 0;
      while (inbox.values.length < 3) {
        say(++told);
        await t.thing.readProperty('target');
      }
      return told;
    }

    it('observes a property until it stops', async () => {
      await using t = await setUp();
      const inbox = createInbox();
      const subscription = await t.thing.observeProperty('temperature', inbox.take);
      const told = await tell(t, inbox, (n) => t.oven.heat(100 + n));
      if (isLossless) expect(told).to.equal(3);
      expect(inbox.values).to.deep.equal([...inbox.values].sort());
      await subscription.stop();
      await t.thing.readProperty('target');
      const again = createInbox();
      await t.thing.observeProperty('temperature', again.take);
      const before = inbox.values.length;
      await tell(t, again, (n) => t.oven.heat(200 + n));
      expect(inbox.values).to.have.lengthOf(before);
      if (isLossless) expect(again.values).to.deep.equal([201, 202, 203]);
    });

    it('subscribes to events, also without payload', async () => {
      await using t = await setUp();
      const ready = createInbox();
      const opened = createInbox();
      await t.thing.subscribeEvent('ready', ready.take);
      const subscription = await t.thing.subscribeEvent('opened', opened.take);
      await tell(t, ready, (n) => t.oven.ready(`dish ${n}`));
      await tell(t, opened, () => t.oven.open());
      if (isLossless) expect(ready.values).to.deep.equal([{ dish: 'dish 1' }, { dish: 'dish 2' }, { dish: 'dish 3' }]);
      expect(opened.values).to.deep.equal([undefined, undefined, undefined]);
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
