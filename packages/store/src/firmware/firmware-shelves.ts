import type { Kysely } from 'kysely';
import type { Tables } from '../tables.js';
import type {
  DeviceFirmwareTable,
  FirmwareBuildsTable,
  FirmwareCategoriesTable,
  FirmwareImagesTable,
} from '../upgrades/upgrade-tables.js';
import type { UpgradeWriter } from '../upgrades/upgrade-writer.js';
import type {
  DeviceFirmwareEntry,
  FirmwareBuild,
  FirmwareCatalogue,
  FirmwareCategory,
  FirmwareImageEntry,
} from './firmware-catalogue.js';
import { createShelf, putUnless } from './shelf.js';

type Database = Kysely<Tables>;

/**
 * The catalogue of firmware in a database with the present schema. One writes at a time, so what is asked before a row is put still holds then.
 * What devices have changes with every upgrade, and is committed with the upgrades.
 */
export const createFirmwareCatalogue = (db: Database, writer: Pick<UpgradeWriter, 'write'>): FirmwareCatalogue => ({
  categories: createShelf<FirmwareCategoriesTable, FirmwareCategory>(db, {
    table: 'firmware_categories',
    toRow: ({ id, name, description, organization, created, modified }) => ({
      id,
      name,
      description,
      organization,
      created,
      modified,
    }),
    toEntry: (row) => ({ ...row }),
    put: putUnless(db, 'firmware_categories', conflictOfCategory),
    removed: removeBuilds,
  }),
  builds: createShelf<FirmwareBuildsTable, FirmwareBuild>(db, {
    table: 'firmware_builds',
    toRow: ({ id, category, version, os, changelog, created, modified }) => ({
      id,
      category,
      version,
      os,
      changelog,
      created,
      modified,
    }),
    toEntry: (row) => ({ ...row }),
    put: putUnless(db, 'firmware_builds', conflictOfBuild),
    removed: removeImages,
  }),
  images: createShelf<FirmwareImagesTable, FirmwareImageEntry>(db, {
    table: 'firmware_images',
    columns: { fileName: 'file_name' },
    toRow: ({ fileName, signature, id, build, type, size, sha256, content, created, modified }) => ({
      id,
      build,
      type,
      file_name: fileName,
      size,
      sha256,
      content,
      signature_key: signature?.keyID ?? null,
      signature: signature?.value ?? null,
      created,
      modified,
    }),
    toEntry: ({ file_name, signature_key, signature, ...row }) => ({
      ...row,
      fileName: file_name,
      signature: signature_key === null || signature === null ? null : { keyID: signature_key, value: signature },
    }),
    put: putUnless(db, 'firmware_images', conflictOfImage),
    removed: removeFirmware,
  }),
  firmware: createShelf<DeviceFirmwareTable, DeviceFirmwareEntry>(db, {
    table: 'device_firmware',
    toRow: ({ id, device, image, installed, created, modified }) => ({
      id,
      device,
      image,
      installed: installed ? 1 : 0,
      created,
      modified,
    }),
    toEntry: (row) => ({ ...row, installed: row.installed === 1 }),
    async put(row) {
      await writer.write({ type: 'putFirmware', row });
    },
    removed: async () => undefined,
  }),
});

async function conflictOfCategory(
  db: Database,
  { id, name, organization }: FirmwareCategoriesTable,
): Promise<string | undefined> {
  const other = await db
    .selectFrom('firmware_categories')
    .select('id')
    .where('id', '!=', id)
    .where('name', '=', name)
    .where('organization', organization === null ? 'is' : '=', organization)
    .executeTakeFirst();
  return other && `There is another category '${name}'`;
}

async function conflictOfBuild(
  db: Database,
  { id, category, version, os }: FirmwareBuildsTable,
): Promise<string | undefined> {
  const owner = await db
    .selectFrom('firmware_categories')
    .select('organization')
    .where('id', '=', category)
    .executeTakeFirst();
  if (!owner) return `There is no category ${category}`;
  const others = db.selectFrom('firmware_builds').select('firmware_builds.id').where('firmware_builds.id', '!=', id);
  const same = await others.where('category', '=', category).where('version', '=', version).executeTakeFirst();
  if (same) return `There is another build ${version} of that category`;
  if (os === null) return undefined;
  const { organization } = owner;
  const alike = await others
    .innerJoin('firmware_categories', 'firmware_categories.id', 'firmware_builds.category')
    .where('os', '=', os)
    .where('organization', organization === null ? 'is' : '=', organization)
    .executeTakeFirst();
  return alike && `There is another build with the system '${os}'`;
}

async function conflictOfImage(db: Database, { id, build, type }: FirmwareImagesTable): Promise<string | undefined> {
  const owner = await db.selectFrom('firmware_builds').select('id').where('id', '=', build).executeTakeFirst();
  if (!owner) return `There is no build ${build}`;
  const other = await db
    .selectFrom('firmware_images')
    .select('id')
    .where('id', '!=', id)
    .where('build', '=', build)
    .where('type', '=', type)
    .executeTakeFirst();
  return other && `There is another image for '${type}' of that build`;
}

async function removeBuilds(db: Database, category: string): Promise<void> {
  const builds = db.selectFrom('firmware_builds').select('id').where('category', '=', category);
  const images = db.selectFrom('firmware_images').select('id').where('build', 'in', builds);
  await db.deleteFrom('device_firmware').where('image', 'in', images).execute();
  await db.deleteFrom('firmware_images').where('build', 'in', builds).execute();
  await db.deleteFrom('firmware_builds').where('category', '=', category).execute();
}

async function removeImages(db: Database, build: string): Promise<void> {
  const images = db.selectFrom('firmware_images').select('id').where('build', '=', build);
  await db.deleteFrom('device_firmware').where('image', 'in', images).execute();
  await db.deleteFrom('firmware_images').where('build', '=', build).execute();
}

async function removeFirmware(db: Database, image: string): Promise<void> {
  await db.deleteFrom('device_firmware').where('image', '=', image).execute();
}
