import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import type { HistoryBucket, HistoryPoint, HistoryQuery, Store } from '../src/index.js';
import type { Opened, Premises } from './fixture/premises.js';

const THING = 'urn:uuid:4f1c1f2e-0c2f-4b43-8a9b-3a1b6f6b2a10';
const NOON = Date.parse('2026-03-04T12:00:00Z');
const DAY = 86_400_000;
const now = (): number => NOON;

/** Appends numbers of `level`, one every so many milliseconds. */
function fill(store: Store, count: number, { every = 1000, from = NOON, name = 'level' } = {}): void {
  const thing = store.memory.of(THING);
  for (let i = 0; i < count; i++) thing.append({ kind: 'property', name }, i, (from + i * every) * 1000);
}

async function allPoints(store: Store, query: HistoryQuery, id = THING): Promise<readonly HistoryPoint[]> {
  const points: HistoryPoint[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.history.read(id, 'level', { ...query, after });
    expect(page.items.length).to.be.at.most(query.limit ?? 1000);
    points.push(...page.items);
    if (page.next === undefined) return points;
    after = page.next;
  }
}

async function allBuckets(
  store: Store,
  query: HistoryQuery & { bucket: number },
  id = THING,
): Promise<readonly HistoryBucket[]> {
  const buckets: HistoryBucket[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.history.readBuckets(id, 'level', { ...query, after });
    buckets.push(...page.items);
    if (page.next === undefined) return buckets;
    after = page.next;
  }
}

/** What every store promises of history. */
export function historySuite(prepare: () => Promise<Premises>): void {
  it('is empty for what was never there', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    expect(await opened.store.history.read(THING, 'level')).to.deep.equal({ items: [], next: undefined });
    fill(opened.store, 1, { name: 'other' });
    expect(await opened.store.history.read(THING, 'level')).to.deep.equal({ items: [], next: undefined });
  });

  it('refuses odd queries', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const { history } = opened.store;
    const odd: (() => Promise<unknown>)[] = [
      () => history.read(THING, 'level', { limit: 0 }),
      () => history.read(THING, 'level', { limit: 10_001 }),
      () => history.read(THING, 'level', { limit: 1.5 }),
      () => history.read(THING, 'level', { after: 'x' }),
      () => history.read(THING, 'level', { from: Number.NaN }),
      () => history.readBuckets(THING, 'level', { bucket: 0 }),
    ];
    for (const ask of odd) {
      const error = await ask().catch((e: unknown) => e);
      expect(error).to.be.instanceOf(ThingError).with.property('code', 'invalid');
    }
  });

  it('gives every value once, in order, in pages of any size, wherever it is kept', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const part = fc.record({ count: fc.integer({ min: 0, max: 40 }), put: fc.constantFrom('log', 'settle', 'pack') });
    const query = fc.record({
      from: fc.option(fc.integer({ min: -5, max: 150 }), { nil: undefined }),
      to: fc.option(fc.integer({ min: -5, max: 150 }), { nil: undefined }),
      first: fc.constantFrom('oldest', 'newest'),
      limit: fc.integer({ min: 1, max: 30 }),
      bucket: fc.constantFrom(7000, 60_000, 180_000),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 5 }),
        fc.array(query, { minLength: 1, maxLength: 4 }),
        async (parts, queries) => {
          const id = `urn:uuid:${++run}`;
          const moments = await fillParts(opened, id, parts);
          for (const { from, to, first, limit, bucket } of queries) {
            const span = {
              ...(from === undefined ? {} : { from: NOON + from * 1000 }),
              ...(to === undefined ? {} : { to: NOON + to * 1000 }),
            };
            const wanted = moments
              .map((moment, value) => ({ moment, value }))
              .filter(({ moment }) => moment >= (span.from ?? 0) && moment < (span.to ?? Number.POSITIVE_INFINITY));
            if (first === 'newest') wanted.reverse();
            const points = await allPoints(opened.store, { ...span, first, limit }, id);
            expect(points.map(({ value }) => value)).to.deep.equal(wanted.map(({ value }) => value));
            expect(points.map(({ micros }) => micros / 1000)).to.deep.equal(wanted.map(({ moment }) => moment));
            const buckets = await allBuckets(opened.store, { first, limit, bucket }, id);
            expect(buckets.map(({ time, count }) => [time, count])).to.deep.equal(countBy(moments, bucket, first));
          }
        },
      ),
      { numRuns: 15 },
    );
  }).timeout(60_000);

  it('sums numbers up in buckets', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    fill(opened.store, 10, { every: 30_000 });
    const page = await opened.store.history.readBuckets(THING, 'level', { bucket: 120_000, limit: 2 });
    expect(page.items).to.deep.equal([
      { time: NOON, mean: 1.5, min: 0, max: 3, count: 4 },
      { time: NOON + 120_000, mean: 5.5, min: 4, max: 7, count: 4 },
    ]);
    expect(page.next).to.equal(String((NOON + 240_000) * 1000));
  });

  it('leaves out what is no number from buckets, and events altogether', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const thing = opened.store.memory.of(THING);
    thing.append({ kind: 'property', name: 'level' }, 'high', NOON * 1000);
    thing.append({ kind: 'property', name: 'level' }, 4, NOON * 1000 + 1);
    thing.append({ kind: 'event', name: 'level' }, 5, NOON * 1000 + 2);
    const { items } = await opened.store.history.readBuckets(THING, 'level', { bucket: 1000 });
    expect(items).to.deep.equal([{ time: NOON, mean: 4, min: 4, max: 4, count: 1 }]);
    const page = await opened.store.history.read(THING, 'level');
    expect(page.items.map(({ value }) => value)).to.deep.equal(['high', 4]);
  });

  it('keeps the means of minutes where the values are too old, and drops those in their turn', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const { writer } = opened.backends;
    fill(opened.store, 240, { from: NOON - 40 * DAY });
    await opened.store.memory.kept();
    await writer.run('settle', { packAt: 1 });
    fill(opened.store, 3, { from: NOON });
    await opened.store.memory.kept();
    await writer.run('settle', { packAt: 1 });
    const limits = { now: NOON + 10_000, journal: DAY, raw: 30 * DAY, means: 365 * DAY, audit: DAY };
    await writer.run('sweep', limits);
    const points = await allPoints(opened.store, {});
    const begin = (NOON - 40 * DAY) * 1000;
    expect(points).to.deep.equal([
      ...[0, 1, 2, 3].map((minute) => ({
        micros: begin + minute * 60_000_000,
        value: minute * 60 + 29.5,
        count: 60,
        min: minute * 60,
        max: minute * 60 + 59,
      })),
      ...[0, 1, 2].map((value) => ({ micros: (NOON + value * 1000) * 1000, value })),
    ]);
    const { items } = await opened.store.history.readBuckets(THING, 'level', { bucket: 120_000 });
    expect(items.map(({ count }) => count)).to.deep.equal([120, 120, 3]);
    await writer.run('sweep', { ...limits, means: 39 * DAY });
    expect(await allPoints(opened.store, {})).to.have.length(3);
  });

  it('keeps objects and arrays for the journal alone, unless somebody wants otherwise', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const { writer } = opened.backends;
    const thing = opened.store.memory.of(THING);
    const tell = async (from: number): Promise<void> => {
      for (const [i, value] of [{ deep: 1 }, [1], null, 'text'].entries()) {
        thing.append({ kind: 'property', name: 'level' }, value, (from + i) * 1000);
      }
      await opened.store.memory.kept();
      await writer.run('settle', { packAt: 1 });
    };
    await tell(NOON - 5000);
    const values = async (): Promise<unknown[]> =>
      (await opened.store.history.read(THING, 'level')).items.map(({ value }) => value);
    expect(await values()).to.deep.equal([null, 'text']);
    await opened.store.history.retain(THING, { properties: ['level'] });
    await tell(NOON);
    expect(await values()).to.deep.equal([null, 'text', { deep: 1 }, [1], null, 'text']);
  });

  it('keeps longer or shorter what a Thing wants so, and properties without a history for the journal alone', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    const { writer } = opened.backends;
    await opened.store.history.retain(THING, { raw: 90 * DAY, properties: ['level'] });
    fill(opened.store, 5, { from: NOON - 40 * DAY });
    fill(opened.store, 5, { from: NOON - 40 * DAY + 60_000, name: 'noise' });
    await opened.store.memory.kept();
    await writer.run('settle', { packAt: 1 });
    const limits = { now: NOON, journal: DAY, raw: 30 * DAY, means: 365 * DAY, audit: DAY };
    await writer.run('sweep', limits);
    expect((await opened.store.history.read(THING, 'level')).items.map(({ value }) => value)).to.deep.equal([
      0, 1, 2, 3, 4,
    ]);
    expect((await opened.store.history.read(THING, 'noise')).items).to.deep.equal([]);
    await opened.store.history.retain(THING, { raw: 10 * DAY });
    await writer.run('sweep', limits);
    expect((await opened.store.history.read(THING, 'level')).items).to.have.length(1);
  });

  it('exports a history some at a time', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now });
    fill(opened.store, 2500);
    const sizes: number[] = [];
    for await (const points of opened.store.history.export(THING, 'level', { from: NOON + 1000 }))
      sizes.push(points.length);
    expect(sizes).to.deep.equal([1000, 1000, 499]);
  });
}

/** Appends one number a second, and puts them away in between; gives their moments. */
async function fillParts(
  { store, backends }: Opened,
  id: string,
  parts: readonly { readonly count: number; readonly put: string }[],
): Promise<readonly number[]> {
  const thing = store.memory.of(id);
  const moments: number[] = [];
  for (const { count, put } of parts) {
    for (let i = 0; i < count; i++) {
      const moment = NOON + moments.length * 1000;
      thing.append({ kind: 'property', name: 'noise' }, -1, moment * 1000 - 1);
      thing.append({ kind: 'property', name: 'level' }, moments.length, moment * 1000);
      moments.push(moment);
    }
    await store.memory.kept();
    if (put !== 'log') await backends.writer.run('settle', put === 'pack' ? { packAt: 1 } : {});
  }
  return moments;
}

function countBy(moments: readonly number[], bucket: number, first: string): readonly (readonly [number, number])[] {
  const counts = new Map<number, number>();
  for (const moment of moments) {
    const time = Math.floor(moment / bucket) * bucket;
    counts.set(time, (counts.get(time) ?? 0) + 1);
  }
  const all = [...counts];
  return first === 'newest' ? all.reverse() : all;
}
