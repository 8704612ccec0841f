import type { Log } from '@thingwright/core';
import type { Kysely } from 'kysely';
import type { Files } from '../files.js';
import type { Tables } from '../tables.js';
import type { FirmwareContents } from './firmware-catalogue.js';

/** To whom the files of images belong: no Thing can be called so. */
const OWNER = 'firmware';
/** To which organization images count that are shared by all. */
const SHARED = 'shared';

/** The bytes of images that are open. */
export interface OpenFirmwareContents {
  readonly contents: FirmwareContents;
  /** Ends what is done in the background. */
  close(): Promise<void>;
}

/** The bytes of images, among files: what has no image, because a process was killed between the two, goes when a store is opened. */
export async function openFirmwareContents(
  db: Kysely<Tables>,
  { files, log }: { readonly files: Files; readonly log: Log },
): Promise<OpenFirmwareContents> {
  let closed = false;
  const left = await db
    .selectFrom('files')
    .leftJoin('firmware_images', 'firmware_images.content', 'files.id')
    .select('files.id')
    .where('files.owner', '=', OWNER)
    .where('firmware_images.id', 'is', null)
    .execute();
  const sweep = async (): Promise<void> => {
    for (const { id } of left) if (!closed) await files.remove(id);
  };
  const swept = sweep().catch((error: unknown) => log.warn({ error }, 'images that nobody needs could not be dropped'));

  return {
    contents: {
      async write(content, { name, organization, maxSize, expectedSHA256 }) {
        const { id, size, sha256 } = await files.write(content, {
          name,
          mediaType: 'application/octet-stream',
          owner: OWNER,
          organization: organization ?? SHARED,
          maxSize,
          expected: { sha256: expectedSHA256 },
        });
        return { content: id, size, sha256 };
      },
      read: async (content, range) => (await files.read(content, range)).content,
      async remove(content) {
        await files.remove(content);
      },
    },
    async close() {
      closed = true;
      await swept;
    },
  };
}
