import { type Log, type Now, ThingError } from '@thingwright/core';
import type { Kysely } from 'kysely';
import { v7 as uuid } from 'uuid';
import { createTurns } from './engine/turns.js';
import type { FileLimits, FileRecord, Files, NewFile } from './files.js';
import type { FilesOnDisk, Received } from './files-on-disk.js';
import { createFilesQuota } from './files-quota.js';
import { sweepFiles } from './files-sweep.js';
import { checkNewFile, pageOf, rangeOf } from './files-wishes.js';
import type { Tables } from './tables.js';

const GIB = 2 ** 30;

interface Row {
  readonly place: number;
  readonly id: string;
  readonly sha256: string;
  readonly name: string;
  readonly media_type: string;
  readonly owner: string;
  readonly organization: string;
  readonly size: number;
  readonly created: string;
}

/** Writes what belongs to a file, in its transaction. */
type Beside = (transaction: Kysely<Tables>, record: FileRecord) => Promise<void>;

/** Files that are open. */
export interface OpenFiles {
  readonly files: Files;
  /** Writes a file, and with it, at once or not at all, what `beside` does. What that throws is thrown on. */
  writeWith(content: AsyncIterable<Uint8Array>, file: NewFile, beside: Beside): Promise<FileRecord>;
  /** Gives a file to another organization, whatever room that has. */
  moveTo(id: string, organization: string): Promise<void>;
  /** Ends what is done in the background. */
  close(): Promise<void>;
}

/**
 * The files of a store: rows in its database, bytes on a disk. Bytes are placed before their row is written and go after it, one file
 * at a time, so that a row never stands for bytes that are not there; bytes without a row go at the next start.
 */
export function openFiles(
  db: Kysely<Tables>,
  options: {
    readonly disk: FilesOnDisk;
    readonly limits: FileLimits | undefined;
    readonly log: Log;
    readonly now: Now;
  },
): OpenFiles {
  const { disk, limits = {}, log, now } = options;
  const { maxSize: largest = GIB, quota: limitOf = () => undefined } = limits;
  const turns = createTurns();
  const quota = createFilesQuota((organization) => measure(db, organization), limitOf);
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    await turns.take();
    try {
      return await work();
    } finally {
      turns.pass();
    }
  };
  const ended = new AbortController();
  const swept = sweepFiles(db, { disk, inTurn, signal: ended.signal }).catch((error: unknown) =>
    log.warn({ error }, 'files that nobody needs could not be dropped'),
  );

  const get = async (id: string): Promise<FileRecord | undefined> => {
    const row = await db.selectFrom('files').selectAll().where('id', '=', id).executeTakeFirst();
    return row && toRecord(row);
  };
  const removeUnneeded = async (sha256: string): Promise<void> => {
    const row = await db.selectFrom('files').select('id').where('sha256', '=', sha256).limit(1).executeTakeFirst();
    if (!row) await disk.remove(sha256);
  };
  const keep = async (received: Received, record: FileRecord, beside: Beside): Promise<FileRecord> => {
    try {
      await disk.place(received);
    } catch (error) {
      await disk.discard(received).catch(() => undefined);
      throw error;
    }
    try {
      const { mediaType, ...rest } = record;
      await db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('files')
          .values({ ...rest, media_type: mediaType })
          .execute();
        await beside(transaction, record);
      });
      return record;
    } catch (error) {
      // It may have been committed without our hearing of it.
      if (await get(record.id).catch(() => undefined)) return record;
      await removeUnneeded(received.sha256).catch(() => undefined);
      throw error;
    }
  };

  const writeWith: OpenFiles['writeWith'] = async (content, file, beside) => {
    const { name, mediaType, owner, organization = 'default', expected = {} } = checkNewFile(file);
    const most = Math.min(file.maxSize ?? largest, largest);
    refuseLarger(expected.size ?? 0, most);
    const reservation = await quota.reserve(organization, expected.size ?? 0);
    try {
      await refuseFullDisk(disk, expected.size ?? 0);
      const received = await disk.receive(content, (size) => {
        refuseLarger(size, most);
        refuseLarger(size, expected.size ?? most);
        reservation.grow(size);
      });
      const { size, sha256 } = received;
      const fault = faultOf(received, expected);
      if (fault !== undefined) {
        await disk.discard(received);
        throw new ThingError('invalid', fault);
      }
      const created = new Date(now()).toISOString();
      const record = { id: uuid(), name, mediaType, owner, organization, size, sha256, created };
      return await inTurn(() => keep(received, record, beside));
    } catch (error) {
      reservation.release();
      throw error;
    }
  };

  const files: Files = {
    write: (content, file) => writeWith(content, file, async () => undefined),
    async read(id, range = {}) {
      const file = await get(id);
      if (!file) throw new ThingError('notFound', `There is no file with the id '${id}'`);
      const { start, end } = rangeOf(range, file.size);
      const content = await disk.read(file, { start, end });
      if (content) return { file, start, end, content };
      if (await get(id)) throw new ThingError('failed', `The bytes of the file ${file.sha256} are lost`);
      throw new ThingError('notFound', `There is no file with the id '${id}' any more`);
    },
    get,
    async list(owner, page = {}) {
      const { limit, after } = pageOf(page);
      const rows = await db
        .selectFrom('files')
        .selectAll()
        .where('owner', '=', owner)
        .where('place', '>', after)
        .orderBy('place')
        .limit(limit)
        .execute();
      const last = rows.length === limit ? rows.at(-1) : undefined;
      return { items: rows.map(toRecord), next: last && String(last.place) };
    },
    remove: (id) =>
      inTurn(async () => {
        const file = await get(id);
        if (!file) return undefined;
        await db.transaction().execute(async (transaction) => {
          await transaction.deleteFrom('results').where('file', '=', id).execute();
          await transaction.deleteFrom('files').where('id', '=', id).execute();
        });
        quota.release(file.organization, file.size);
        await removeUnneeded(file.sha256).catch((error: unknown) =>
          log.warn({ error, sha256: file.sha256 }, 'the bytes of a file stay until the next start'),
        );
        return file;
      }),
    usage: (organization) => quota.usage(organization),
  };
  return {
    files,
    writeWith,
    moveTo: (id, organization) =>
      inTurn(async () => {
        const file = await get(id);
        if (!file) return;
        await db.updateTable('files').set({ organization }).where('id', '=', id).execute();
        quota.move(file.size, { from: file.organization, to: organization });
      }),
    async close() {
      ended.abort();
      await swept;
      await disk.close();
    },
  };
}

async function measure(db: Kysely<Tables>, organization: string): Promise<number> {
  const { sum } = await db
    .selectFrom('files')
    .select((e) => e.fn.sum<number | null>('size').as('sum'))
    .where('organization', '=', organization)
    .executeTakeFirstOrThrow();
  return sum ?? 0;
}

async function refuseFullDisk(disk: FilesOnDisk, size: number): Promise<void> {
  const room = size > 0 ? await disk.room() : size;
  if (size > room) throw new ThingError('unavailable', `The disk has room for ${room} bytes, not for ${size}`);
}

function refuseLarger(size: number, most: number): void {
  if (size > most) throw new ThingError('tooLarge', `The file may have ${most} bytes`);
}

function faultOf({ size, sha256 }: Received, expected: NonNullable<NewFile['expected']>): string | undefined {
  if (expected.size !== undefined && expected.size !== size) {
    return `The file has ${size} bytes, not ${expected.size}`;
  }
  if (expected.sha256 !== undefined && expected.sha256.toLowerCase() !== sha256) {
    return `The file has the SHA-256 ${sha256}, not ${expected.sha256}`;
  }
  return undefined;
}

const toRecord = ({ id, name, media_type, owner, organization, size, sha256, created }: Row): FileRecord => ({
  id,
  name,
  mediaType: media_type,
  owner,
  organization,
  size,
  sha256,
  created,
});
