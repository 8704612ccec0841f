import { setImmediate as pause } from 'node:timers/promises';
import { lastOf, type Run } from '../column-cursor.js';
import type { Engine } from '../engine/engine.js';
import { lightTransaction } from '../engine/light-transaction.js';
import type { Piece } from '../piece.js';
import { standingAfter } from '../standing.js';
import { type BlockRow, GROWING, PASSING, writeBlocks } from './blocks.js';
import { compareWithLog } from './compare-with-log.js';
import { packBlocks } from './pack-blocks.js';
import { portions } from './portions.js';
import { propertyKeys } from './property-keys.js';
import { dropPassing } from './prune.js';
import { type KnownRetention, readRetentions } from './retention.js';
import { ChangeSplitter } from './split-changes.js';
import { newTail, readTails, type Tail, writeTails } from './tails.js';

/** How much is settled at once. */
export interface SettleOptions {
  /** Bytes at which the growing blocks of a Thing are packed into one. Default 32,768; to pack takes time. */
  readonly packAt?: number;
  /** Bytes to which a block is continued. Default 4096: a page. */
  readonly continueTo?: number;
  /** Things a transaction; a commit has to wait for one such transaction at most. Default 64. */
  readonly things?: number;
  /** How many changes of a Thing the journal keeps. Default: all. */
  readonly journal?: number;
}

/** Things that are packed in one transaction. */
const PACKED_AT_ONCE = 8;

/**
 * Moves what is in the log into the blocks of its Things, some Things a transaction; then it leaves the log. What is not after
 * the last moment of its Thing's tail is in the blocks already, should this have been broken off before.
 */
export async function settle(engine: Engine, options: SettleOptions): Promise<void> {
  const { packAt = 32_768, continueTo = 4096, things = 64, journal = Number.POSITIVE_INFINITY } = options;
  await compareWithLog(engine);
  const { kind, db, unsettled } = engine;
  const { ids } = unsettled;
  const rules = {
    ...{ continueTo, journal, splitter: new ChangeSplitter() },
    ...{ properties: await propertyKeys(db), retentionOf: await readRetentions(db) },
  };
  for (const slice of portions([...unsettled.byThing()], things)) {
    const tails = await lightTransaction(engine, (transaction) => settleSlice({ kind, db: transaction }, slice, rules));
    await pause();
    const full = tails.filter(({ open_total }) => open_total >= packAt).map(({ thing }) => thing);
    for (const some of portions(full, PACKED_AT_ONCE)) {
      await packBlocks(engine, some);
      await pause();
    }
  }
  for (const some of portions(ids, 500)) await db.deleteFrom('log').where('id', 'in', some).execute();
  unsettled.drop(ids);
}

interface SettleRules {
  readonly continueTo: number;
  readonly journal: number;
  readonly splitter: ChangeSplitter;
  /** Keys of the names of properties. */
  readonly properties: ReadonlySet<number>;
  retentionOf(thing: number): KnownRetention;
}

/** Settles some Things; gives how they stand then. */
async function settleSlice(
  engine: Pick<Engine, 'kind' | 'db'>,
  slice: readonly (readonly [number, readonly Run[]])[],
  rules: SettleRules,
): Promise<readonly Tail[]> {
  const { db } = engine;
  const keys = slice.map(([thing]) => thing);
  const known = await db.selectFrom('things').select('key').where('key', 'in', keys).execute();
  const existing = new Set(known.map(({ key }) => key));
  const before = await readTails(db, keys);
  const tails: Tail[] = [];
  const rows: BlockRow[] = [];
  for (const [thing, all] of slice) {
    const tail = before.get(thing) ?? newTail(thing);
    const runs = all.filter((run) => lastOf(run) > tail.last);
    if (runs.length === 0 || !existing.has(thing)) continue;
    const settled = settleThing(runs, tail, rules);
    rows.push(...settled.rows);
    tails.push(await dropPassing(db, settled.tail, rules.journal));
  }
  await writeBlocks(engine, rows);
  await writeTails(db, tails);
  return tails;
}

function settleThing(
  runs: readonly Run[],
  tail: Tail,
  { continueTo, properties, retentionOf, splitter }: SettleRules,
): { readonly tail: Tail; readonly rows: readonly BlockRow[] } {
  const { thing } = tail;
  const { lasting, passing, told } = splitter.split(runs, retentionOf(thing));
  const changes = tail.changes + (lasting?.count ?? 0) + (passing?.count ?? 0);
  const settled: Tail = {
    ...tail,
    changes,
    last: Math.max(lasting?.until ?? 0, passing?.until ?? 0),
    latest: standingAfter(tail.latest, told, properties),
  };
  const rows: BlockRow[] = [];
  const put = (piece: Piece, kind: number, { start, length }: { readonly start: number; readonly length: number }) => {
    const isContinued = length > 0 && length < continueTo;
    const begin = isContinued ? start : piece.start;
    const { bytes, until, count } = piece;
    rows.push({ thing, start: begin, until, class: kind, count, number: changes, pieces: bytes });
    return { start: begin, length: (isContinued ? length : 0) + bytes.length };
  };
  if (lasting) {
    const { start, length } = put(lasting, GROWING, { start: tail.open_start, length: tail.open_length });
    settled.open_start = start;
    settled.open_length = length;
    settled.open_total += lasting.bytes.length;
  }
  if (passing) {
    // The one that was continued may have been dropped meanwhile.
    const isThere = tail.passing_start > tail.floor;
    const before = { start: tail.passing_start, length: isThere ? tail.passing_length : 0 };
    const { start, length } = put(passing, PASSING, before);
    settled.passing_start = start;
    settled.passing_length = length;
  }
  return { tail: settled, rows };
}
