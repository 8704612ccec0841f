import { inflateRawSync } from 'node:zlib';
import { sql } from 'kysely';
import type { ChangeCursor } from '../change-cursor.js';
import { TextCursor } from '../change-text.js';
import type { Engine } from '../engine/engine.js';
import { PieceCursor } from '../piece.js';

/** The classes of blocks: those of a history grow and are packed then; those of the journal alone are dropped as they are. */
export const GROWING = 2;
export const LASTING = 1;
export const PASSING = 0;

/** What packed pieces begin with that are deflated; a piece begins otherwise. */
export const DEFLATED = 2;

/** The columns of a block that hold its changes. */
export const CONTENT = ['pieces', 'packed'] as const;

/** What they hold: pieces, or deflated text in what older releases have packed. */
export interface Content {
  readonly pieces: Uint8Array | null;
  readonly packed: Uint8Array | null;
}

/** Goes through the changes of a block. */
export function cursorOf({ pieces, packed }: Content): ChangeCursor {
  if (!pieces) return new TextCursor(packed ? inflateRawSync(packed).toString() : '');
  return new PieceCursor(pieces[0] === DEFLATED ? inflateRawSync(pieces.subarray(1)) : pieces);
}

/** Pieces on their way into a block. */
export interface BlockRow {
  readonly thing: number;
  readonly start: number;
  readonly until: number;
  readonly class: number;
  readonly count: number;
  /** How many changes of its Thing there had been with its last one. */
  readonly number: number;
  readonly pieces: Uint8Array;
}

/** Writes blocks; one that is there already is continued. No two are the same. */
export async function writeBlocks({ db, kind }: Pick<Engine, 'db' | 'kind'>, rows: readonly BlockRow[]): Promise<void> {
  if (rows.length === 0) return;
  const both = sql<Uint8Array>`blocks.pieces || excluded.pieces`;
  await db
    .insertInto('blocks')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['thing', 'start', 'class']).doUpdateSet(({ ref }) => ({
        until: ref('excluded.until'),
        count: sql<number>`blocks.count + excluded.count`,
        number: ref('excluded.number'),
        // To SQLite all that is joined is text.
        pieces: kind === 'sqlite' ? sql<Uint8Array>`CAST(${both} AS BLOB)` : both,
      })),
    )
    .execute();
}
