import { ThingError } from '@thingwright/core';
import { type Database, guarded, transaction } from './database.js';

/** The steps from an empty database to the present schema, in order. Never change one that was released: add one. */
const STEPS: readonly string[] = [
  `CREATE TABLE gateway (
     one INTEGER PRIMARY KEY CHECK (one = 1),
     id TEXT NOT NULL
   ) STRICT;
   -- Every id that was ever given; rows stay when their device goes.
   CREATE TABLE ids (
     id TEXT PRIMARY KEY,
     since TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE devices (
     place INTEGER PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     id TEXT NOT NULL UNIQUE REFERENCES ids (id),
     kind TEXT NOT NULL,
     title TEXT NOT NULL,
     settings TEXT NOT NULL,
     memory TEXT NOT NULL DEFAULT '{}',
     token BLOB NOT NULL UNIQUE,
     previous_token BLOB UNIQUE,
     previous_until INTEGER,
     created TEXT NOT NULL,
     modified TEXT NOT NULL
   ) STRICT;`,
  `CREATE TABLE adopted_things (
     place INTEGER PRIMARY KEY,
     name TEXT NOT NULL UNIQUE,
     id TEXT NOT NULL UNIQUE REFERENCES ids (id),
     td TEXT NOT NULL,
     settings TEXT NOT NULL,
     -- Sealed: nonce, AES-256-GCM, tag.
     credentials BLOB,
     created TEXT NOT NULL
   ) STRICT;`,
];

/** The schema version that this code writes; kept in `PRAGMA user_version`. */
const SCHEMA_VERSION = STEPS.length;

/**
 * Brings a database to the present schema, one transaction a step.
 * @throws ThingError `invalid` for a database that a newer release has written.
 */
export function migrate(database: Database): void {
  const version = guarded('The schema version cannot be read', () => versionOf(database));
  if (version > SCHEMA_VERSION) {
    throw new ThingError(
      'invalid',
      `The data were written by a newer release: schema ${version}, this one knows up to ${SCHEMA_VERSION}`,
    );
  }
  guarded('The schema cannot be brought up to date', () => {
    for (const [i, step] of STEPS.entries()) {
      if (i < version) continue;
      transaction(database, () => database.exec(`${step}; PRAGMA user_version = ${i + 1}`));
    }
  });
}

function versionOf(database: Database): number {
  const row: { user_version: number } = database.prepare('PRAGMA user_version').get();
  return row.user_version;
}
