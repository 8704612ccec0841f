import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { ThingError } from '@thingwright/core';
import {
  type BackupCounts,
  type BackupHeader,
  FORMAT,
  fromCell,
  isObject,
  LONGEST_LINE,
  MOST_ROWS,
} from './backup-format.js';
import { BACKUP_TABLES, type BackupTable } from './backup-tables.js';
import { refuseNewer } from './schema.js';

/** What a backup gives when it is read, in its order. */
export type BackupPart =
  | { readonly type: 'header'; readonly header: BackupHeader }
  | { readonly type: 'secret'; readonly name: string; readonly value: string }
  | { readonly type: 'file'; readonly sha256: string; readonly size: number }
  | { readonly type: 'bytes'; readonly bytes: Buffer }
  | { readonly type: 'close'; readonly whole: boolean }
  | { readonly type: 'table'; readonly table: BackupTable; readonly columns: readonly string[] }
  | { readonly type: 'rows'; readonly rows: readonly (readonly unknown[])[] }
  | { readonly type: 'end'; readonly counts: BackupCounts; readonly sha256: string };

/** How a backup is read. */
export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Is told how many bytes of the file were read. */
  readonly read?: ((bytes: number) => void) | undefined;
}

/**
 * Reads a backup part by part, in memory that does not grow with it. What it gave is to be trusted only once its end has come: that
 * stands for the checksum.
 * @throws ThingError `invalid` for what is no backup, or a damaged one, or one of a newer release; `unavailable` if it cannot be read.
 */
export async function* readBackup(path: string, options: ReadOptions = {}): AsyncGenerator<BackupPart> {
  const hash = createHash('sha256');
  let place: BackupPart['type'] | 'begin' = 'begin';
  for await (const line of linesOf(path, options)) {
    if (place === 'end') throw damaged('something follows its end');
    const part = toPart(line);
    if (!FOLLOWS[place].includes(part.type)) throw damaged(`'${part.type}' cannot follow '${place}'`);
    if (part.type === 'end' && part.sha256 !== hash.digest('hex')) throw damaged('its checksum is another');
    if (part.type !== 'end') hash.update(line).update('\n');
    place = part.type;
    yield part;
  }
  if (place !== 'end') throw damaged('it has no end');
}

/** What may follow what. */
const FOLLOWS: Readonly<Record<BackupPart['type'] | 'begin', readonly BackupPart['type'][]>> = {
  begin: ['header'],
  header: ['secret', 'file', 'table', 'end'],
  secret: ['secret', 'file', 'table', 'end'],
  file: ['bytes', 'close'],
  bytes: ['bytes', 'close'],
  close: ['file', 'table', 'end'],
  table: ['rows'],
  rows: ['rows', 'table', 'end'],
  end: [],
};

/** Says that a backup cannot be used. */
export const damaged = (why: string, cause?: unknown): ThingError =>
  new ThingError('invalid', `The backup is damaged or cut short: ${why}`, cause === undefined ? {} : { cause });

async function* linesOf(path: string, { signal, read = () => undefined }: ReadOptions): AsyncGenerator<Buffer> {
  const source = createReadStream(path, signal ? { signal } : {});
  const gunzip = createGunzip();
  source.on('data', () => read(source.bytesRead));
  source.on('error', (error) => gunzip.destroy(error));
  const begun: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of source.pipe(gunzip)) {
      let rest: Buffer = chunk;
      for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
        begun.push(rest.subarray(0, end));
        yield Buffer.concat(begun);
        begun.length = 0;
        length = 0;
        rest = rest.subarray(end + 1);
      }
      length += rest.length;
      if (length > LONGEST_LINE) throw damaged('it has a line without an end');
      if (rest.length > 0) begun.push(rest);
    }
  } catch (error) {
    throw toRefusal(error, path);
  } finally {
    source.destroy();
    gunzip.destroy();
  }
  if (length > 0) throw damaged('its last line has no end');
}

const NEWLINE = 0x0a;

function toRefusal(error: unknown, path: string): unknown {
  if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) return error;
  if (/incorrect header/.test(error.message))
    return new ThingError('invalid', `${path} is no backup`, { cause: error });
  return damaged(error.message, error);
}

function toPart(line: Buffer): BackupPart {
  const value = parse(line);
  if ('thingwright' in value) return { type: 'header', header: toHeader(value.header) };
  if (typeof value.secret === 'string' && typeof value.value === 'string') {
    return { type: 'secret', name: value.secret, value: value.value };
  }
  if (typeof value.file === 'string' && typeof value.size === 'number' && /^[\da-f]{64}$/.test(value.file)) {
    return { type: 'file', sha256: value.file, size: value.size };
  }
  if (typeof value.bytes === 'string') return { type: 'bytes', bytes: Buffer.from(value.bytes, 'base64') };
  if (typeof value.close === 'boolean') return { type: 'close', whole: value.close };
  if (typeof value.table === 'string' && isColumns(value.columns)) return toTable(value.table, value.columns);
  if (Array.isArray(value.rows)) return { type: 'rows', rows: toRows(value.rows) };
  if (isObject(value.end) && typeof value.sha256 === 'string') {
    return { type: 'end', counts: toCounts(value.end), sha256: value.sha256 };
  }
  throw damaged(`a line that nobody knows: ${Object.keys(value).slice(0, 5).join(', ').slice(0, 100)}`);
}

function parse(line: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch (error) {
    throw damaged('a line is no JSON', error);
  }
  if (!isObject(value)) throw damaged('a line is no object');
  return value;
}

function toHeader(header: unknown): BackupHeader {
  if (!isObject(header)) throw damaged('it has no header');
  const { format, schema, release, engine, time, gateway } = header;
  if (format !== FORMAT) {
    throw new ThingError('invalid', `The backup has the format ${String(format)}; this release knows ${FORMAT}`);
  }
  if (typeof schema !== 'number' || !Number.isInteger(schema) || schema < 1) throw damaged('it has no schema');
  refuseNewer(schema);
  if (typeof release !== 'string' || typeof time !== 'string' || typeof gateway !== 'string') {
    throw damaged('its header is not whole');
  }
  return { format, schema, release, engine: engine === 'postgres' ? engine : 'sqlite', time, gateway };
}

const isColumns = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((column) => typeof column === 'string' && /^[a-z][a-z\d_]{0,62}$/.test(column));

function toTable(name: string, columns: readonly string[]): BackupPart {
  const table = BACKUP_TABLES.find((known) => known.name === name);
  if (!table) throw damaged(`there is no table '${name.slice(0, 100)}'`);
  return { type: 'table', table, columns };
}

function toRows(rows: readonly unknown[]): readonly (readonly unknown[])[] {
  if (rows.length === 0 || rows.length > MOST_ROWS) throw damaged(`a line of ${rows.length} rows`);
  return rows.map((row) => {
    if (!Array.isArray(row)) throw damaged('a row is none');
    return row.map(fromCell);
  });
}

function toCounts({ tables, files, secrets }: Readonly<Record<string, unknown>>): BackupCounts {
  if (!isObject(tables) || typeof files !== 'number' || !Array.isArray(secrets)) throw damaged('its end is not whole');
  const counts = Object.entries(tables).map(([name, count]) => [name, Number(count)] as const);
  return { tables: Object.fromEntries(counts), files, secrets: secrets.map(String) };
}
