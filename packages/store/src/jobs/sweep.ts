import { setImmediate as pause } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import type { Engine } from '../engine/engine.js';
import type { Tables } from '../tables.js';
import { GROWING, PASSING } from './blocks.js';
import { packBlocks } from './pack-blocks.js';
import { portions } from './portions.js';
import { type KnownRetention, readRetentions } from './retention.js';

/** What is too old. Milliseconds: the present, since 1970, and ages. */
export interface SweepOptions {
  readonly now: number;
  /** Of changes that belong to no history. */
  readonly journal: number;
  readonly raw: number;
  readonly means: number;
  readonly audit: number;
}

/** Blocks that go in one transaction. */
const AT_ONCE = 200;
/** Pages that go back to the disk in one step, and steps of one sweep. */
const PAGES = 500;
const STEPS = 200;

/** Drops blocks, minutes and holes that are too old, a few at a time; gives how many. */
export async function sweep(engine: Engine, options: SweepOptions): Promise<number> {
  const { db, kind } = engine;
  let dropped = 0;
  const retentionOf = await readRetentions(db);
  for (const { key } of await db.selectFrom('things').select('key').execute()) {
    dropped += await sweepThing(engine, { thing: key, ...retentionOf(key) }, options);
    await pause();
  }
  const { now, raw, means, audit } = options;
  await db
    .deleteFrom('audit')
    .where('micros', '<', (now - audit) * 1000)
    .execute();
  await db
    .deleteFrom('holes')
    .where('until', '<', (now - Math.max(raw, means)) * 1000)
    .execute();
  if (kind === 'sqlite') await shrink(db);
  return dropped;
}

/** Gives the pages that nobody uses back to the disk; PostgreSQL does so by itself. */
async function shrink(db: Kysely<Tables>): Promise<void> {
  for (let step = 0; step < STEPS; step++) {
    const { rows } = await sql<{ freelist_count: number }>`PRAGMA freelist_count`.execute(db);
    if (!rows[0]?.freelist_count) return;
    await sql.raw(`PRAGMA incremental_vacuum(${PAGES})`).execute(db);
    await pause();
  }
}

async function sweepThing(
  engine: Engine,
  { thing, ...retention }: KnownRetention & { readonly thing: number },
  options: SweepOptions,
): Promise<number> {
  const { db } = engine;
  const { now, journal } = options;
  const { raw = options.raw, means = options.means } = retention;
  const before = (age: number): number => (now - age) * 1000;
  await packOld(engine, thing, before(journal));
  const blocks = await db
    .selectFrom('blocks')
    .select(['start', 'until', 'class'])
    .where('thing', '=', thing)
    .where('class', '!=', GROWING)
    .where((e) =>
      e.or([
        e('until', '<', before(Math.max(raw, journal))),
        e.and([e('class', '=', PASSING), e('until', '<', before(journal))]),
      ]),
    )
    .execute();
  for (const some of portions(blocks, AT_ONCE)) {
    const floor = some.reduce((most, { until }) => Math.max(most, until), 0);
    await db.transaction().execute(async (transaction) => {
      await transaction
        .deleteFrom('blocks')
        .where('thing', '=', thing)
        .where((e) => e.or(some.map((block) => e.and([e('start', '=', block.start), e('class', '=', block.class)]))))
        .execute();
      await transaction
        .updateTable('tails')
        .set({ floor })
        .where('thing', '=', thing)
        .where('floor', '<', floor)
        .execute();
    });
  }
  const { numDeletedRows } = await db
    .deleteFrom('minutes')
    .where('thing', '=', thing)
    .where('until', '<', before(means))
    .executeTakeFirst();
  return blocks.length + Number(numDeletedRows);
}

/** So that what belongs to no history can go, also of a Thing that seldom changes. */
async function packOld(engine: Engine, thing: number, before: number): Promise<void> {
  const old = await engine.db
    .selectFrom('blocks')
    .select('start')
    .where('thing', '=', thing)
    .where('start', '<', before)
    .where('class', '=', GROWING)
    .limit(1)
    .executeTakeFirst();
  if (old) await packBlocks(engine, [thing]);
}
