import { deflateRawSync } from 'node:zlib';
import { expect } from 'chai';
import { sql } from 'kysely';
import { openBackends } from '../src/backends.js';
import { takeSteps } from '../src/schema.js';
import type { Premises } from './fixture/premises.js';

const THING = 'urn:uuid:4f1c1f2e-0c2f-4b43-8a9b-3a1b6f6b2a10';
const NOON = Date.parse('2026-03-04T12:00:00Z');
const DAY = 86_400_000;
const now = (): number => NOON + 60_000;
const [LEVEL, COMPOUND, ALARM] = [1, 2, 3];

/** Changes in one second: a number, an object and an event that somebody's invocation caused. */
const second = (i: number): readonly string[] => [
  `[${LEVEL},0,${i}]`,
  `[${COMPOUND},1,{"level":${i},"unit":"°C"}]`,
  i % 2 ? `[${ALARM},2,null,"user:ada",0]` : `[${ALARM},2,"hot","user:ada"]`,
];
const momentOf = (i: number): number => (NOON + i * 1000) * 1000;
const row = (i: number, changes: readonly string[]): string => `[${momentOf(i)},${changes.join()}]`;
const seconds = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i);
const rows = (from: number, to: number, part?: readonly number[]): string =>
  seconds(from, to)
    .map((i) => row(i, part ? second(i).filter((_, at) => part.includes(at)) : second(i)))
    .join();

/** What schema 9 held after half a minute: packed blocks, a growing one, and the rest in the log. */
async function writeSchema9(premises: Premises): Promise<void> {
  const backends = await openBackends(premises.place);
  const { db, kind } = backends.writer;
  const minutes = JSON.stringify({ [LEVEL]: [[NOON / 60_000, 10, 45, 0, 9]] });
  const latest = JSON.stringify({ [LEVEL]: [19, momentOf(19)], [COMPOUND]: [{ level: 19 }, momentOf(19) + 1] });
  await db.transaction().execute(async (transaction) => {
    await takeSteps({ kind, db: transaction }, { from: 0, to: 9 });
    const run = async (statement: ReturnType<typeof sql>): Promise<unknown> => statement.execute(transaction);
    await run(sql`INSERT INTO things (key, id) VALUES (1, ${THING})`);
    for (const [key, nameKind, name] of [
      [LEVEL, 'property', 'level'],
      [COMPOUND, 'property', 'compound'],
      [ALARM, 'event', 'alarm'],
    ]) {
      await run(sql`INSERT INTO names (key, kind, name) VALUES (${key}, ${nameKind}, ${name})`);
    }
    const ends = [momentOf(0), momentOf(9) + 2];
    await run(sql`INSERT INTO blocks (thing, start, until, class, count, packed)
      VALUES (1, ${ends[0]}, ${ends[1]}, 1, 10, ${deflateRawSync(rows(0, 10, [0]))}),
             (1, ${ends[0]}, ${ends[1]}, 0, 20, ${deflateRawSync(rows(0, 10, [1, 2]))})`);
    await run(sql`INSERT INTO blocks (thing, start, until, class, count, text)
      VALUES (1, ${momentOf(10)}, ${momentOf(14) + 2}, 2, 15, ${rows(10, 15)}),
             (1, ${momentOf(15)}, ${momentOf(19) + 2}, 2, 15, ${rows(15, 20)})`);
    await run(sql`INSERT INTO minutes (thing, start, until, packed)
      VALUES (1, ${momentOf(0)}, ${momentOf(9)}, ${deflateRawSync(minutes)})`);
    const length = rows(15, 20).length;
    await run(sql`INSERT INTO tails (thing, last, latest, open_start, open_length, open_total)
      VALUES (1, ${momentOf(19) + 2}, ${latest}, ${momentOf(15)}, ${length}, ${length * 2})`);
    for (const i of seconds(20, 30)) {
      await run(sql`INSERT INTO log (thing, first, text) VALUES (1, ${momentOf(i)}, ${row(i, second(i))})`);
      await run(sql`INSERT INTO log (thing, first, text) VALUES (2, ${momentOf(i)}, ${row(i, second(i))})`);
    }
  });
  await backends.close();
}

/** What every lasting store promises of what an older release wrote. */
export function olderSchemaSuite(prepare: () => Promise<Premises>): void {
  it('reads all that schema 9 held, in text, wherever it was', async () => {
    await using premises = await prepare();
    await writeSchema9(premises);
    await using opened = await premises.open({ now });
    const { memory, history } = opened.store;
    const { writer } = opened.backends;
    const thing = memory.of(THING);
    expect(thing.last).to.equal(momentOf(29) + 2);
    expect(Object.fromEntries(thing.values)).to.deep.equal({
      level: { value: 29, micros: momentOf(29) },
      compound: { value: { level: 29, unit: '°C' }, micros: momentOf(29) + 1 },
    });
    const all = async (): Promise<void> => {
      const changes = await thing.since(momentOf(0), momentOf(1000));
      expect(changes?.map(({ micros }) => micros)).to.deep.equal(
        seconds(0, 30)
          .flatMap((i) => [momentOf(i), momentOf(i) + 1, momentOf(i) + 2])
          .slice(1),
      );
      expect(changes?.slice(-3)).to.deep.equal([
        { kind: 'property', name: 'level', value: 29, micros: momentOf(29) },
        { kind: 'property', name: 'compound', value: { level: 29, unit: '°C' }, micros: momentOf(29) + 1 },
        { kind: 'event', name: 'alarm', value: undefined, micros: momentOf(29) + 2, invoker: 'user:ada' },
      ]);
      expect((await thing.events(['alarm'], 100)).map(({ micros }) => micros)).to.deep.equal(
        seconds(0, 30).map((i) => momentOf(i) + 2),
      );
      expect((await thing.since(momentOf(12), momentOf(25)))?.length).to.equal(38);
      for (const first of ['oldest', 'newest'] as const) {
        const { items } = await history.read(THING, 'level', { first });
        const values = items.map(({ value }) => value);
        expect(first === 'newest' ? values.reverse() : values).to.deep.equal(seconds(0, 30));
      }
      const { items } = await history.readBuckets(THING, 'level', { bucket: 60_000 });
      expect(items).to.deep.equal([{ time: NOON, mean: 14.5, min: 0, max: 29, count: 30 }]);
    };
    await all();
    await writer.run('settle', {});
    await all();
    await writer.run('settle', { packAt: 1 });
    thing.append({ kind: 'property', name: 'level' }, 30, momentOf(30));
    await memory.kept();
    expect(
      (await history.read(THING, 'level', { first: 'newest', limit: 2 })).items.map(({ value }) => value),
    ).to.deep.equal([30, 29]);
    await writer.run('settle', { packAt: 1 });
    const limits = { now: NOON + 2 * DAY, journal: DAY, raw: 30 * DAY, means: 365 * DAY, audit: DAY };
    await writer.run('sweep', limits);
    expect((await history.read(THING, 'level')).items).to.have.length(31);
    await writer.run('sweep', { ...limits, now: NOON + 31 * DAY });
    expect((await history.read(THING, 'level')).items).to.deep.equal([
      { micros: NOON * 1000, value: 15, count: 31, min: 0, max: 30 },
    ]);
  });
}
