import { ThingError } from '@thingwright/core';
import type { DatabaseKind } from './engine/database-kind.js';

/**
 * A backup is a gzip file of lines of JSON: a header; secrets; files, each a line that opens it, lines of its bytes and a line that
 * closes it; tables, each a line with its columns and lines of rows; an end with counts and the SHA-256 of all lines before it.
 */
export const FORMAT = 1;

/** Bytes of a line, at most: a row may hold as much as waits in memory for a lost disk, escaped. */
export const LONGEST_LINE = 256 * 2 ** 20;
/** Rows of a line, at most. */
export const MOST_ROWS = 1000;

/** What a backup is of. */
export interface BackupHeader {
  readonly format: number;
  /** The schema of its tables. */
  readonly schema: number;
  /** The release that wrote it. */
  readonly release: string;
  /** The engine that it was made of. */
  readonly engine: DatabaseKind;
  /** RFC 3339. */
  readonly time: string;
  /** The id of the gateway's own Thing. */
  readonly gateway: string;
}

/** What a backup holds. */
export interface BackupCounts {
  /** Rows of each table. */
  readonly tables: Readonly<Record<string, number>>;
  /** Contents of files, each once. */
  readonly files: number;
  /** Names of the secrets. */
  readonly secrets: readonly string[];
}

/** A line of a backup. */
export type BackupLine =
  | { readonly thingwright: 'backup'; readonly header: BackupHeader }
  | { readonly secret: string; readonly value: string }
  | { readonly file: string; readonly size: number }
  | { readonly bytes: string }
  /** Whether those were all bytes; a file may be removed or damaged while it is read. */
  | { readonly close: boolean }
  | { readonly table: string; readonly columns: readonly string[] }
  | { readonly rows: readonly (readonly Cell[])[] }
  | { readonly end: BackupCounts; readonly sha256: string };

/** A value of a row; bytes are base64. */
export type Cell = string | number | null | { readonly b: string };

/** Puts a value down. */
export function toCell(value: unknown): Cell {
  if (value instanceof Uint8Array) return { b: Buffer.from(value).toString('base64') };
  if (typeof value === 'string' || typeof value === 'number' || value === null) return value;
  throw new ThingError('failed', `A value of the database is neither text, number nor bytes: ${typeof value}`);
}

/** Takes a value up. @throws ThingError `invalid` if it is none. */
export function fromCell(cell: unknown): string | number | null | Uint8Array {
  if (typeof cell === 'string' || typeof cell === 'number' || cell === null) return cell;
  if (isObject(cell) && typeof cell.b === 'string') return Buffer.from(cell.b, 'base64');
  throw new ThingError('invalid', 'It holds a value that is neither text, number nor bytes');
}

/** Tells whether something is an object whose members can be looked at. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
