import { get } from 'node:http';
import { createMeter, type KeptChange, type Memory } from '@thingwright/core';
import { expect } from 'chai';
import { openStream } from './event-source.js';
import { serveOven } from './oven.js';

const MOMENT = Date.parse('2026-03-04T12:00:00Z') * 1000;
const headers = { 'last-event-id': '2026-03-04T12:00:00.000000Z' };

/** A memory that answers what somebody missed only when the test says so. */
function createSlowMemory() {
  const waiting: ((changes: readonly KeptChange[]) => void)[] = [];
  const thing = {
    last: MOMENT + 1000,
    values: new Map(),
    invocations: [],
    append: () => undefined,
    since: () => new Promise<readonly KeptChange[]>((resolve) => void waiting.push(resolve)),
    appendAll: () => undefined,
    events: async () => [],
    keep: () => undefined,
    forget: () => undefined,
  };
  const memory: Memory = { of: () => thing, kept: () => undefined, failure: undefined };
  const asked = async (): Promise<void> => {
    while (waiting.length === 0) await new Promise(setImmediate);
  };
  const answer = (...values: readonly number[]): void =>
    waiting.shift()?.(
      values.map((value, i) => ({ kind: 'property', name: 'temperature', value, micros: MOMENT + 1 + i })),
    );
  return { memory, asked, answer };
}

describe('what a reader of an event stream missed, where it has to be looked up', () => {
  it('comes before what happens meanwhile, each once', async () => {
    const { memory, asked, answer } = createSlowMemory();
    await using served = await serveOven({}, { memory });
    const opening = openStream(`${served.oven}/properties/temperature`, headers);
    await asked();
    served.temperature.set(11);
    served.temperature.set(12);
    answer(1, 2);
    using stream = await opening;
    served.temperature.set(13);
    expect((await stream.next(5)).map(({ data }) => data)).to.deep.equal(['1', '2', '11', '12', '13']);
    expect(stream.text).to.match(/^: ?complete/);
  });

  it('is for nobody who has left', async () => {
    const { memory, asked, answer } = createSlowMemory();
    const meter = createMeter();
    await using served = await serveOven({}, { memory, meter });
    const url = `${served.oven}/properties/temperature`;
    const leaver = get(url, { headers: { ...headers, accept: 'text/event-stream' } }).on('error', () => undefined);
    await asked();
    leaver.destroy();
    while ((meter.read('thingwright_connections', { door: 'plain' }) ?? 0) > 0) await new Promise(setImmediate);
    answer(1);
    using other = await openStream(url);
    served.temperature.set(5);
    await other.next();
    expect(meter.read('thingwright_subscriptions', { binding: 'http' })).to.equal(1);
  });
});
