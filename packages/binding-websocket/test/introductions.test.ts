import { defineThing, expose } from '@thingwright/core';
import { serve } from '@thingwright/listener';
import { expect } from 'chai';
import * as t from 'typebox';
import { type WebSocketOptions, websocket } from '../src/index.js';
import { dialOlder } from './fixture/older-client.js';

const Sensor = defineThing({ title: 'Sensor', properties: { trace: { schema: t.String(), readOnly: true } } });

/** Serves Things that count how often they are read. */
async function serveSensors(count: number, read: () => string | Promise<string>, options: WebSocketOptions) {
  let reads = 0;
  const sensor = expose(Sensor, () => ({
    properties: {
      trace: {
        read: () => {
          reads++;
          return read();
        },
      },
    },
  }));
  const names = Array.from({ length: count }, (_, i) => `sensor${i}`);
  const served = await serve({
    things: Object.fromEntries(names.map((name) => [name, sensor])),
    bindings: [websocket({ listen: { port: 0 }, ...options })],
  });
  return {
    url: `${served.url.replace('http', 'ws')}/things`,
    site: served.site,
    get reads() {
      return reads;
    },
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}

/** Waits until the server has had many passes of its event loop. */
async function passes(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe('what a WebThings client is told unasked', () => {
  it('waits, unread even at the device, until a slow reader has taken what came before', async () => {
    const total = 400;
    const trace = 'x'.repeat(50_000);
    await using sensors = await serveSensors(total, () => trace, { maxBuffered: 100_000 });
    await using slow = await dialOlder(sensors.url);
    slow.ws.pause();
    let before = -1;
    while (sensors.reads !== before) {
      before = sensors.reads;
      await passes(200);
    }
    expect(sensors.reads).to.be.lessThan(total);
    slow.ws.resume();
    const messages = await slow.take(2 * total);
    expect(new Set(messages.map(({ id, messageType }) => `${messageType} ${id}`))).to.have.length(2 * total);
    expect(sensors.reads).to.equal(total);
  }).timeout(20_000);

  it('asks no more devices at a time than may have requests in flight', async () => {
    const waiting: ((trace: string) => void)[] = [];
    const read = () => new Promise<string>((resolve) => waiting.push(resolve));
    await using sensors = await serveSensors(7, read, { requestsInFlight: 3 });
    await using client = await dialOlder(sensors.url);
    await client.take(3);
    await passes(50);
    expect(sensors.reads).to.equal(3);
    for (let i = 0; i < 7; i++) {
      expect(waiting.length).to.be.at.most(3);
      waiting.shift()?.(`trace ${i}`);
      await passes(2);
    }
    const rest = await client.take(11);
    expect(rest.filter(({ messageType }) => messageType === 'propertyStatus')).to.have.length(7);
    expect(sensors.reads).to.equal(7);
  });

  it('is not told of a Thing that is gone before its value comes', async () => {
    const waiting: ((trace: string) => void)[] = [];
    const read = () => new Promise<string>((resolve) => waiting.push(resolve));
    await using sensors = await serveSensors(2, read, {});
    await using client = await dialOlder(sensors.url);
    await client.take(2);
    await sensors.site.remove('sensor0');
    for (const answer of waiting) answer('late');
    const told = await client.take(2);
    expect(told.map(({ messageType, id }) => `${messageType} ${id}`)).to.deep.equal([
      'thingRemoved sensor0',
      'propertyStatus sensor1',
    ]);
    await client.settled();
    expect(client.waiting).to.be.empty;
  });
});
