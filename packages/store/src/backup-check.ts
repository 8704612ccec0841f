import { createHash } from 'node:crypto';
import { ThingError } from '@thingwright/core';
import type { BackupCounts, BackupHeader } from './backup-format.js';
import { damaged, type ReadOptions, readBackup } from './backup-reader.js';

/** A backup that was read to its end. */
export interface CheckedBackup extends BackupHeader, BackupCounts {
  /** Of all its lines: what it is known by. */
  readonly sha256: string;
  /** Bytes that its files and rows need at least. */
  readonly needs: number;
}

/**
 * Reads a backup to its end and believes nothing of it: checksum, counts, the digest of each file, names. `secrets` are those that it
 * may have.
 * @throws ThingError `invalid` for what is no backup, or a damaged one, or one of a newer release; `unavailable` if it cannot be read.
 */
export async function checkBackup(
  path: string,
  { secrets, ...options }: ReadOptions & { readonly secrets: readonly string[] },
): Promise<CheckedBackup> {
  const found = new Counting();
  let header: BackupHeader | undefined;
  let checked: CheckedBackup | undefined;
  for await (const part of readBackup(path, options)) {
    switch (part.type) {
      case 'header':
        header = part.header;
        break;
      case 'secret':
        if (!secrets.includes(part.name)) {
          throw new ThingError('invalid', `The backup holds a secret '${part.name}' that this release does not know`);
        }
        found.secrets.push(part.name);
        break;
      case 'table':
        found.table(part.table.name, part.columns);
        break;
      case 'rows':
        found.rows(part.rows);
        break;
      case 'file':
        found.open(part);
        break;
      case 'bytes':
        found.bytes(part.bytes);
        break;
      case 'close':
        found.close(part.whole);
        break;
      case 'end':
        found.compare(part.counts);
        checked = header && { ...header, ...part.counts, sha256: part.sha256, needs: found.needs };
    }
  }
  if (!checked) throw damaged('it has no end');
  return checked;
}

/** Counts what a backup has. */
class Counting {
  readonly secrets: string[] = [];
  needs = 0;
  readonly #tables = new Map<string, number>();
  #table = '';
  #columns: readonly string[] = [];
  readonly #files = new Set<unknown>();
  #file = { sha256: '', size: 0 };
  #hash = createHash('sha256');
  #length = 0;

  table(name: string, columns: readonly string[]): void {
    if (this.#tables.has(name)) throw damaged(`the table '${name}' comes twice`);
    this.#tables.set(name, 0);
    this.#table = name;
    this.#columns = columns;
  }

  rows(rows: readonly (readonly unknown[])[]): void {
    const content = this.#table === 'files' ? this.#columns.indexOf('sha256') : undefined;
    for (const row of rows) {
      if (row.length !== this.#columns.length) throw damaged(`a row of '${this.#table}' has ${row.length} values`);
      if (content !== undefined && !this.#files.has(row[content])) throw damaged('it has a file without its bytes');
      for (const value of row) {
        this.needs += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8;
      }
    }
    this.#tables.set(this.#table, (this.#tables.get(this.#table) ?? 0) + rows.length);
  }

  open(file: { readonly sha256: string; readonly size: number }): void {
    this.#file = file;
    this.#hash = createHash('sha256');
    this.#length = 0;
  }

  bytes(bytes: Buffer): void {
    this.#hash.update(bytes);
    this.#length += bytes.length;
    this.needs += bytes.length;
  }

  close(whole: boolean): void {
    if (!whole) return;
    const { sha256, size } = this.#file;
    if (this.#length !== size || this.#hash.digest('hex') !== sha256) throw damaged(`the file ${sha256} is another`);
    this.#files.add(sha256);
  }

  compare({ tables, files, secrets }: BackupCounts): void {
    for (const name of new Set([...Object.keys(tables), ...this.#tables.keys()])) {
      const [said, found] = [tables[name] ?? 0, this.#tables.get(name) ?? 0];
      if (said !== found) throw damaged(`it has ${found} rows of '${name.slice(0, 100)}', not ${said}`);
    }
    if (files !== this.#files.size) throw damaged(`it has ${this.#files.size} files, not ${files}`);
    if (secrets.join() !== this.secrets.join()) throw damaged('its secrets are others');
  }
}
