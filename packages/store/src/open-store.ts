import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Log, type Now, silent, ThingError } from '@thingwright/core';
import type { Kysely } from 'kysely';
import { v4 as uuid } from 'uuid';
import { createAdoptedThings } from './adopted-things-table.js';
import { type Backends, openBackends } from './backends.js';
import { createDeclined } from './declined-table.js';
import { createDevices } from './devices.js';
import type { FileLimits } from './files.js';
import { createFilesOnDisk, createNoDisk, FILES_FOLDER, type FilesOnDisk } from './files-on-disk.js';
import { openFiles } from './files-table.js';
import { openFirmwareContents } from './firmware/firmware-contents.js';
import { createFirmwareCatalogue } from './firmware/firmware-shelves.js';
import type { Group } from './group.js';
import { type RetentionDefaults, startHousekeeping } from './housekeeping.js';
import { createPrincipals } from './principals-table.js';
import { createRegistrations } from './registrations-table.js';
import { openResults } from './results-table.js';
import { createSeal } from './seal.js';
import { openSecretFile } from './secret-file.js';
import type { Store } from './store.js';
import { createAuditTrail } from './store-audit.js';
import { createHistory } from './store-history.js';
import { createStoreMemory, JOURNAL_LIMITS, type StoreJournalLimits } from './store-memory.js';
import type { Tables } from './tables.js';
import { createCampaignRows } from './upgrades/campaigns-table.js';
import { createUpgradeWriter } from './upgrades/upgrade-writer.js';
import { createUpgradeRows } from './upgrades/upgrades-table.js';
import { Writer } from './writer.js';

/** Where a store keeps its data, and how. */
export interface StoreOptions {
  /** A folder, made if there is none; absent: everything in memory, gone at the end. */
  readonly data?: string | undefined;
  /** URL of a PostgreSQL: the database is there then, and the folder holds only the secret. */
  readonly database?: string | undefined;
  /** The key under which tokens are hashed and credentials are encrypted; absent: kept in `<data>/secret`, made at first. */
  readonly pepper?: string | undefined;
  /** How far back readers can resume. */
  readonly journal?: StoreJournalLimits | undefined;
  /** How long history is kept, where a Thing has nothing else said of it. */
  readonly retention?: RetentionDefaults | undefined;
  /** How large files may be. */
  readonly files?: FileLimits | undefined;
  readonly log?: Log | undefined;
  readonly now?: Now | undefined;
}

/**
 * Opens a store and holds its database for this process alone.
 * @throws ThingError `conflict` if another gateway uses it, `invalid` if a newer release has written it, `unavailable` if it cannot
 * be read or written.
 */
export async function openStore(options: StoreOptions = {}): Promise<Store> {
  const backends = await openBackends(options);
  try {
    return await openStoreOn(backends, options);
  } catch (error) {
    await backends.close();
    throw error;
  }
}

/** Opens a store on its database. */
export async function openStoreOn(backends: Backends, options: StoreOptions): Promise<Store> {
  const { now = Date.now, log = silent, retention } = options;
  const journal = journalOf(options);
  const backend = backends.writer;
  const { db } = backend;
  await backend.run('migrate', undefined);
  const loaded = await backend.run('load', undefined);
  const pepper = await pepperOf(options);
  const seal = createSeal(pepper);
  const gatewayID = await keepGatewayID(db, now);
  const disk = await openDisk(options, gatewayID);

  const commit = (group: Group): Promise<void> => backend.run('commit', group);
  const writer = new Writer({ commit, log, dropped: (hole) => open.addHole(hole) });
  const open = createStoreMemory(loaded, { writer, backends, journal, now });
  const housekeeping = startHousekeeping(backend, {
    retention,
    journal,
    log,
    now,
    committed: () => writer.stats,
    unsettled: loaded.unsettled,
  });
  const files = openFiles(db, { disk, limits: options.files, log, now });
  const results = openResults(db, { files, log });
  const firmware = await openFirmwareContents(db, { files: files.files, log });
  const upgrades = createUpgradeWriter((writes) => backend.run('writeUpgrades', writes));
  const find = (id: string, property: string): { thing: number; name: number } | undefined => {
    const thing = open.keyOf(id);
    const name = open.names.find('property', property);
    return thing === undefined || name === undefined ? undefined : { thing, name };
  };

  const close = async (): Promise<void> => {
    await writer.close();
    await upgrades.close();
    await housekeeping.stop();
    await results.close();
    await firmware.close();
    await files.close();
    await backends.close();
  };
  let closing: Promise<void> | undefined;
  return {
    gatewayID,
    devices: createDevices(db, { pepper, seal, now }),
    principals: createPrincipals(db, { pepper, now }),
    adoptedThings: createAdoptedThings(db, { seal, now }),
    declined: createDeclined(db),
    memory: open.memory,
    history: createHistory({ backends, writer, find }),
    audit: createAuditTrail({ backends, writer }),
    files: files.files,
    results: results.results,
    registrations: createRegistrations(db),
    upgrades: createUpgradeRows(backends, upgrades),
    campaigns: createCampaignRows(backends, upgrades),
    firmware: createFirmwareCatalogue(db, upgrades),
    firmwareContents: firmware.contents,
    stats: () => writer.stats,
    async check() {
      if (writer.failure) throw writer.failure;
      await db.transaction().execute(async () => undefined);
    },
    [Symbol.asyncDispose]() {
      closing ??= close();
      return closing;
    },
  };
}

const journalOf = ({ journal = {} }: StoreOptions): Required<StoreJournalLimits> => ({
  count: journal.count ?? JOURNAL_LIMITS.count,
  age: journal.age ?? JOURNAL_LIMITS.age,
});

/** Where the bytes of files are; those of a store in memory go with it. */
async function openDisk({ data, database }: StoreOptions, owner: string): Promise<FilesOnDisk> {
  if (data === undefined && database !== undefined) return createNoDisk();
  const root = data === undefined ? undefined : join(data, FILES_FOLDER);
  const disk = createFilesOnDisk(root ?? join(tmpdir(), `thingwright-files-${uuid()}`), {
    owner,
    lasting: root !== undefined,
  });
  await disk.prepare();
  return disk;
}

async function pepperOf({ pepper, data, database }: StoreOptions): Promise<string> {
  if (pepper !== undefined) return pepper;
  if (data === undefined && database !== undefined) {
    throw new ThingError(
      'invalid',
      'A store in PostgreSQL needs a pepper, or a folder to keep one: tokens outlive the process',
    );
  }
  if (data === undefined) return randomBytes(32).toString('base64url');
  return (await openSecretFile(join(data, 'secret'))).value;
}

function keepGatewayID(db: Kysely<Tables>, now: Now): Promise<string> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction.selectFrom('gateway').select('id').executeTakeFirst();
    if (row) return row.id;
    const id = `urn:uuid:${uuid()}`;
    await transaction
      .insertInto('ids')
      .values({ id, since: new Date(now()).toISOString() })
      .execute();
    await transaction.insertInto('gateway').values({ one: 1, id }).execute();
    return id;
  });
}
