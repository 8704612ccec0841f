import { http } from '@thingwright/binding-http';
import { defineThing, expose, state, ThingError } from '@thingwright/core';
import { serve } from '@thingwright/listener';
import type { History, HistoryPoint } from '@thingwright/store';
import { expect } from 'chai';
import * as t from 'typebox';
import { createHistories } from '../../src/history/histories.js';
import { historyRoutes } from '../../src/history/history-routes.js';

const Tank = defineThing({ title: 'Tank', properties: { level: { schema: t.Number() } } });
const LEVEL = '/things/tank/history/level';

/** Serves a tank whose history is read by `read`. */
async function serveTank(read: History['read']) {
  const none = (): never => {
    throw new Error('not asked for here');
  };
  const history: History = { read, readBuckets: none, export: none, retain: none };
  const histories = createHistories(history);
  const served = await serve({
    things: {},
    bindings: [http({ port: 0, grace: 100 }), historyRoutes(histories, history)],
  });
  const tank = expose(Tank, () => ({ properties: { level: state(1) } }));
  histories.over(served.site).add('tank', tank);
  return served;
}

const page = (count: number): readonly HistoryPoint[] =>
  Array.from({ length: count }, (_, i) => ({ micros: 1_000_000 + i, value: i }));

describe('historyRoutes', () => {
  it('answers 503 while the store cannot be read, as CSV too, and then goes on', async () => {
    let works = false;
    await using served = await serveTank(async () => {
      if (!works) throw new ThingError('unavailable', 'The database cannot be reached');
      return { items: page(2), next: undefined };
    });
    const statuses = async () =>
      Promise.all(['', '?format=csv'].map(async (query) => (await fetch(served.url + LEVEL + query)).status));
    expect(await statuses()).to.deep.equal([503, 503]);
    works = true;
    expect(await statuses()).to.deep.equal([200, 200]);
  });

  it('cuts the connection when the rest cannot be had, so that a part is not taken for the whole', async () => {
    let asked = 0;
    await using served = await serveTank(async () => {
      if (++asked === 3) throw new ThingError('unavailable', 'The database cannot be reached');
      return { items: page(10), next: 'more' };
    });
    const answer = await fetch(`${served.url}${LEVEL}?format=csv`);
    expect(answer.status).to.equal(200);
    const ending = await answer.text().then(
      () => 'whole',
      () => 'cut',
    );
    expect([ending, asked]).to.deep.equal(['cut', 3]);
  });

  it('reads no faster than its reader, and no further when that has left', async () => {
    let asked = 0;
    await using served = await serveTank(async () => {
      asked++;
      return { items: page(1000), next: 'more' };
    });
    const leaving = new AbortController();
    const answer = await fetch(`${served.url}${LEVEL}?format=csv`, { signal: leaving.signal });
    const reader = answer.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).to.match(/^time,value,count,min,max\r\n/);
    let before = -1;
    // What the sockets of both ends take is read, and then nothing.
    while (before !== asked) {
      before = asked;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(asked).to.be.within(1, 1000);
    leaving.abort();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const last = asked;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).to.equal(last);
  });

  it('writes texts, true and false, objects and nothing as RFC 4180 wants it, and no formula', async () => {
    const values = ['plain', 'with "quotes", and\r\nlines', true, null, { a: [1] }, '=1+1', '@x', -1];
    await using served = await serveTank(async () => ({
      items: values.map((value, i) => ({ micros: 1_000_000 + i, value })),
      next: undefined,
    }));
    const text = await (await fetch(`${served.url}${LEVEL}?format=csv`)).text();
    const rows = text.replaceAll(/1970-01-01T00:00:01\.\d{6}Z/g, 'T').slice('time,value,count,min,max\r\n'.length);
    const expected = ['plain', '"with ""quotes"", and\r\nlines"', 'true', '', '"{""a"":[1]}"', "'=1+1", "'@x", '-1'];
    expect(rows).to.equal(expected.map((field) => `T,${field},,,\r\n`).join(''));
  });
});
