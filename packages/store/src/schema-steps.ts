import { moveLog } from './conversions/move-log.js';
import { splitGrowing } from './conversions/split-growing.js';
import type { Engine } from './engine/engine.js';
import type { Words } from './schema-words.js';
import { upgradeSchema } from './upgrades/upgrade-schema.js';

/** A part of a step: SQL, or what SQL cannot do; in the transaction of the step. */
type StepPart = string | ((engine: Pick<Engine, 'kind' | 'db'>) => Promise<void>);

/** The steps from an empty database to the present schema, in order. Never change one that was released: add one. */
export const STEPS: readonly ((words: Words) => readonly StepPart[])[] = [
  ({ bytes, integer, counter, strict, ordered }) => [
    `CREATE TABLE gateway (one ${integer} PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL) ${strict}`,
    `CREATE TABLE ids (id TEXT PRIMARY KEY, since TEXT NOT NULL) ${ordered}`,
    `CREATE TABLE devices (
       place ${counter},
       name TEXT NOT NULL UNIQUE,
       id TEXT NOT NULL UNIQUE REFERENCES ids (id),
       kind TEXT NOT NULL,
       title TEXT NOT NULL,
       settings TEXT NOT NULL,
       memory TEXT NOT NULL DEFAULT '{}',
       token ${bytes} NOT NULL UNIQUE,
       previous_token ${bytes} UNIQUE,
       previous_until ${integer},
       created TEXT NOT NULL,
       modified TEXT NOT NULL
     ) ${strict}`,
  ],
  ({ bytes, counter, strict }) => [
    // Credentials are sealed: nonce, AES-256-GCM, tag.
    `CREATE TABLE adopted_things (
       place ${counter},
       name TEXT NOT NULL UNIQUE,
       id TEXT NOT NULL UNIQUE REFERENCES ids (id),
       td TEXT NOT NULL,
       settings TEXT NOT NULL,
       credentials ${bytes},
       created TEXT NOT NULL
     ) ${strict}`,
  ],
  ({ bytes, integer, counter, strict, ordered }) => [
    `CREATE TABLE written (
       one ${integer} PRIMARY KEY CHECK (one = 1), run TEXT NOT NULL, number ${integer} NOT NULL
     ) ${strict}`,
    `CREATE TABLE things (key ${integer} PRIMARY KEY, id TEXT NOT NULL UNIQUE) ${strict}`,
    `CREATE TABLE names (
       key ${integer} PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (kind, name)
     ) ${strict}`,
    // No other index: with many Things it would have a page of its own written for each, at every commit.
    `CREATE TABLE log (
       id ${counter}, thing ${integer} NOT NULL, first ${integer} NOT NULL, text TEXT NOT NULL
     ) ${strict}`,
    `CREATE TABLE blocks (
       thing ${integer} NOT NULL,
       start ${integer} NOT NULL,
       until ${integer} NOT NULL,
       class ${integer} NOT NULL,
       count ${integer} NOT NULL,
       text TEXT,
       packed ${bytes},
       UNIQUE (thing, start, class)
     ) ${strict}`,
    `CREATE TABLE minutes (
       thing ${integer} NOT NULL,
       start ${integer} NOT NULL,
       until ${integer} NOT NULL,
       packed ${bytes} NOT NULL,
       UNIQUE (thing, start)
     ) ${strict}`,
    `CREATE TABLE tails (
       thing ${integer} PRIMARY KEY,
       last ${integer} NOT NULL,
       latest TEXT NOT NULL,
       open_start ${integer} NOT NULL,
       open_length ${integer} NOT NULL,
       open_total ${integer} NOT NULL
     ) ${strict}`,
    `CREATE TABLE invocations (
       place ${counter},
       id TEXT NOT NULL UNIQUE,
       thing ${integer} NOT NULL,
       action TEXT NOT NULL,
       state TEXT NOT NULL,
       cancelled ${integer} NOT NULL,
       kept TEXT NOT NULL,
       requested ${integer} NOT NULL,
       ended ${integer}
     ) ${strict}`,
    `CREATE INDEX invocations_of_things ON invocations (thing)`,
    `CREATE TABLE holes (start ${integer} NOT NULL, until ${integer} NOT NULL) ${strict}`,
    `CREATE TABLE retentions (
       thing TEXT PRIMARY KEY, raw ${integer}, means ${integer}, properties TEXT
     ) ${ordered}`,
  ],
  ({ bytes, integer, counter, strict }) => [
    `CREATE TABLE principals (
       place ${counter},
       id TEXT NOT NULL UNIQUE,
       kind TEXT NOT NULL,
       name TEXT NOT NULL,
       title TEXT NOT NULL,
       organization TEXT NOT NULL,
       disabled ${integer} NOT NULL,
       password TEXT,
       created TEXT NOT NULL,
       modified TEXT NOT NULL
     ) ${strict}`,
    `CREATE TABLE grants (
       place ${counter},
       id TEXT NOT NULL UNIQUE,
       principal TEXT NOT NULL REFERENCES principals (id),
       role TEXT NOT NULL,
       organization TEXT,
       thing TEXT,
       affordance TEXT,
       operation TEXT,
       created TEXT NOT NULL
     ) ${strict}`,
    `CREATE INDEX grants_of_principals ON grants (principal)`,
    `CREATE TABLE credentials (
       place ${counter},
       id TEXT NOT NULL UNIQUE,
       principal TEXT NOT NULL REFERENCES principals (id),
       kind TEXT NOT NULL,
       label TEXT NOT NULL,
       hash ${bytes} NOT NULL UNIQUE,
       parent TEXT,
       created TEXT NOT NULL,
       until ${integer}
     ) ${strict}`,
    `CREATE INDEX credentials_of_principals ON credentials (principal)`,
  ],
  () => [
    `ALTER TABLE devices ADD COLUMN organization TEXT NOT NULL DEFAULT 'default'`,
    `ALTER TABLE adopted_things ADD COLUMN organization TEXT NOT NULL DEFAULT 'default'`,
  ],
  ({ integer, counter, strict }) => [
    `CREATE TABLE audit (
       place ${counter},
       micros ${integer} NOT NULL,
       principal TEXT NOT NULL,
       address TEXT,
       thing TEXT,
       name TEXT,
       organization TEXT,
       operation TEXT NOT NULL,
       affordances TEXT NOT NULL,
       action_id TEXT,
       result TEXT NOT NULL,
       detail TEXT
     ) ${strict}`,
    `CREATE INDEX audit_in_time ON audit (micros, place)`,
  ],
  ({ integer, counter, strict }) => [
    `CREATE TABLE files (
       place ${counter},
       id TEXT NOT NULL UNIQUE,
       sha256 TEXT NOT NULL,
       name TEXT NOT NULL,
       media_type TEXT NOT NULL,
       owner TEXT NOT NULL,
       organization TEXT NOT NULL,
       size ${integer} NOT NULL,
       created TEXT NOT NULL
     ) ${strict}`,
    `CREATE INDEX files_of_owners ON files (owner, place)`,
    `CREATE INDEX files_of_contents ON files (sha256)`,
    `CREATE INDEX files_of_organizations ON files (organization)`,
  ],
  () => [
    `CREATE INDEX audit_of_principals ON audit (principal, micros, place)`,
    `CREATE INDEX audit_of_things ON audit (thing, micros, place)`,
    `CREATE INDEX audit_of_organizations ON audit (organization, micros, place)`,
  ],
  ({ counter, strict }) => [
    `CREATE TABLE results (
       place ${counter},
       id TEXT NOT NULL UNIQUE,
       owner TEXT NOT NULL,
       task TEXT NOT NULL,
       type TEXT NOT NULL,
       parameter TEXT,
       original_name TEXT NOT NULL,
       file TEXT NOT NULL UNIQUE REFERENCES files (id)
     ) ${strict}`,
    `CREATE INDEX results_of_owners ON results (owner, place)`,
    `CREATE INDEX results_of_tasks ON results (owner, task, place)`,
  ],
  ({ bytes, integer, strict }) => [
    'ALTER TABLE log RENAME TO log_rows',
    `CREATE TABLE log (id ${integer} PRIMARY KEY, columns ${bytes} NOT NULL, texts ${bytes} NOT NULL) ${strict}`,
    moveLog,
    'DROP TABLE log_rows',
  ],
  ({ bytes, integer }) => [
    // `text` is of no more use; to drop a column is to write the whole table again.
    `ALTER TABLE blocks ADD COLUMN pieces ${bytes}`,
    `ALTER TABLE blocks ADD COLUMN number ${integer} NOT NULL DEFAULT 0`,
    ...['passing_start', 'passing_length', 'changes', 'pruned', 'floor'].map(
      (column) => `ALTER TABLE tails ADD COLUMN ${column} ${integer} NOT NULL DEFAULT 0`,
    ),
    splitGrowing,
  ],
  upgradeSchema,
  ({ bytes }) => [`ALTER TABLE devices ADD COLUMN credentials ${bytes}`],
  () => [
    `CREATE INDEX upgrades_by_change ON upgrades (modified DESC, id)`,
    `CREATE INDEX campaigns_by_change ON campaigns (modified DESC, id)`,
  ],
  ({ counter, ordered, strict }) => [
    `CREATE TABLE registrations (id TEXT PRIMARY KEY, organization TEXT NOT NULL, kept TEXT NOT NULL) ${ordered}`,
    `CREATE TABLE directory_events (place ${counter}, kept TEXT NOT NULL) ${strict}`,
  ],
  ({ counter, strict }) => [`CREATE TABLE declined (place ${counter}, key TEXT NOT NULL) ${strict}`],
  // What is written to the log from here on, older releases cannot read.
  () => [],
];
