import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMembers, type Log, silent } from '@thingwright/core';
import { Low } from 'lowdb';
import { JSONFile } from 'lowdb/node';

/** A device's own small settings, kept in a file that a person can read and change. */
export interface DeviceSettings<T extends object> {
  /** The present value of one setting. */
  get<K extends keyof T>(name: K): T[K];
  /** All present values. */
  all(): Readonly<T>;
  /** Changes some, at once for readers; resolves when the file holds them. Rejects if it cannot be written. */
  set(changes: Partial<T>): Promise<void>;
}

/**
 * Opens the settings in `file` (JSON, made with its folder at the first `set`). What the file does not hold, or holds in
 * another type than its default, is as in `defaults`. A file that is no JSON object is kept aside as `<file>.bad`, and the
 * log is told. Writes are atomic: a new file takes the place of the old one.
 */
export async function deviceSettings<T extends object>(
  file: string,
  defaults: T,
  { log = silent }: { readonly log?: Log } = {},
): Promise<DeviceSettings<T>> {
  const db = new Low<T>(new JSONFile<T>(file), { ...defaults });
  try {
    await db.read();
    if (!isMembers(db.data)) throw new SyntaxError('the file does not hold an object');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    await rename(file, `${file}.bad`);
    log.warn({ file, keptAs: `${file}.bad`, reason: error.message }, 'the settings were unreadable; the defaults hold');
    db.data = { ...defaults };
  }
  db.data = merged(defaults, db.data);
  await mkdir(dirname(file), { recursive: true });

  return {
    get: (name) => db.data[name],
    all: () => db.data,
    async set(changes) {
      db.data = { ...db.data, ...changes };
      await db.write();
    },
  };
}

/** The values found, but for those of another type than their default. */
function merged<T extends object>(defaults: T, found: T): T {
  const all = { ...defaults, ...found };
  for (const name in defaults) {
    if (kindOf(all[name]) !== kindOf(defaults[name]) && defaults[name] !== null) all[name] = defaults[name];
  }
  return all;
}

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
