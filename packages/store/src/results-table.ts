import { type Log, ThingError } from '@thingwright/core';
import type { Kysely } from 'kysely';
import { v7 as uuid } from 'uuid';
import type { OpenFiles } from './files-table.js';
import { pageOf } from './files-wishes.js';
import type { ResultRecord, Results } from './results.js';
import { storableText } from './storable-text.js';
import type { Tables } from './tables.js';

/** Results that are open. */
export interface OpenResults {
  readonly results: Results;
  /** Ends what is done in the background. */
  close(): Promise<void>;
}

/** Results that follow their device in one go. */
const AT_ONCE = 100;

/** The results in a database with the present schema: a row of theirs is written with that of their file, and goes with it. */
export function openResults(
  db: Kysely<Tables>,
  { files, log }: { readonly files: Pick<OpenFiles, 'writeWith' | 'moveTo' | 'files'>; readonly log: Log },
): OpenResults {
  let closed = false;

  const organizationOf = async (from: Kysely<Tables>, owner: string): Promise<string | undefined> =>
    (await from.selectFrom('devices').select('organization').where('id', '=', owner).executeTakeFirst())?.organization;

  const demandDevice = async (from: Kysely<Tables>, owner: string): Promise<string> => {
    const organization = await organizationOf(from, owner);
    if (organization !== undefined) return organization;
    throw new ThingError('notFound', `There is no device with the id '${owner}'`);
  };

  const get = async (owner: string, id: string): Promise<ResultRecord | undefined> => {
    const row = await select(db, owner).where('results.id', '=', id).executeTakeFirst();
    return row && toRecord(row);
  };

  const follow = async (owner: string): Promise<void> => {
    const organization = await organizationOf(db, owner);
    for (;;) {
      const rows = await select(db, owner)
        .where('files.organization', '!=', organization ?? '')
        .limit(AT_ONCE)
        .execute();
      for (const { file } of rows) {
        if (closed) return;
        if (organization === undefined) await files.files.remove(file);
        else await files.moveTo(file, organization);
      }
      if (rows.length < AT_ONCE) return;
    }
  };

  const followAll = async (): Promise<void> => {
    const left = await db
      .selectFrom('results')
      .innerJoin('files', 'files.id', 'results.file')
      .leftJoin('devices', 'devices.id', 'results.owner')
      .select('results.owner')
      .distinct()
      .where((e) => e.or([e('devices.id', 'is', null), e('devices.organization', '!=', e.ref('files.organization'))]))
      .execute();
    for (const { owner } of left) await follow(owner);
  };
  const followed = followAll().catch((error: unknown) =>
    log.warn({ error }, 'results of devices that are gone could not be dropped'),
  );

  const results: Results = {
    async write(content, { owner, taskID, type, parameter, originalName, file }) {
      const organization = await demandDevice(db, owner);
      const result = { id: uuid(), owner, taskID, type, parameter, originalName: storableText(originalName) };
      const row = {
        id: result.id,
        owner,
        task: taskID,
        type,
        parameter: parameter && JSON.stringify(parameter),
        original_name: result.originalName,
      };
      let isElsewhere = false;
      const record = await files.writeWith(content, { ...file, owner, organization }, async (transaction, written) => {
        isElsewhere = (await demandDevice(transaction, owner)) !== organization;
        await transaction
          .insertInto('results')
          .values({ ...row, file: written.id })
          .execute();
      });
      if (isElsewhere) await follow(owner);
      return { ...result, file: record };
    },
    get,
    async list(owner, { limit, taskID, before }) {
      let query = select(db, owner).orderBy('results.place', 'desc').limit(pageOf({ limit }).limit);
      if (taskID !== undefined) query = query.where('results.task', '=', taskID);
      if (before !== undefined) {
        const row = await select(db, owner).where('results.id', '=', before).executeTakeFirst();
        if (!row) throw new ThingError('notFound', `There is no result '${before}'`);
        query = query.where('results.place', '<', row.place);
      }
      return (await query.execute()).map(toRecord);
    },
    async remove(owner, id) {
      const result = await get(owner, id);
      return result && (await files.files.remove(result.file.id)) ? result : undefined;
    },
    follow,
  };
  return {
    results,
    async close() {
      closed = true;
      await followed;
    },
  };
}

const select = (db: Kysely<Tables>, owner: string) =>
  db
    .selectFrom('results')
    .innerJoin('files', 'files.id', 'results.file')
    .select([
      'results.place',
      'results.id',
      'results.owner',
      'results.task',
      'results.type',
      'results.parameter',
      'results.original_name',
      'results.file',
      'files.sha256',
      'files.name',
      'files.media_type',
      'files.organization',
      'files.size',
      'files.created',
    ])
    .where('results.owner', '=', owner);

type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number];

const toRecord = (row: Row): ResultRecord => ({
  id: row.id,
  owner: row.owner,
  taskID: row.task,
  type: row.type,
  parameter: row.parameter === null ? null : JSON.parse(row.parameter),
  originalName: row.original_name,
  file: {
    id: row.file,
    name: row.name,
    mediaType: row.media_type,
    owner: row.owner,
    organization: row.organization,
    size: row.size,
    sha256: row.sha256,
    created: row.created,
  },
});
