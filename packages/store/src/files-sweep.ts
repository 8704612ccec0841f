import type { Kysely } from 'kysely';
import type { FilesOnDisk } from './files-on-disk.js';
import { portions } from './jobs/portions.js';
import type { Tables } from './tables.js';

const AT_ONCE = 100;

/** Removes bytes that no row stands for: what a process left that was killed. Holds up other changes a hundred files at a time. */
export async function sweepFiles(
  db: Kysely<Tables>,
  options: {
    readonly disk: FilesOnDisk;
    /** While this works no bytes are placed. */
    readonly inTurn: (work: () => Promise<void>) => Promise<void>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { disk, inTurn, signal } = options;
  for (const shelf of await disk.shelves()) {
    for (const some of portions(await disk.contents(shelf), AT_ONCE)) {
      if (signal.aborted) return;
      await inTurn(async () => {
        const rows = await db.selectFrom('files').select('sha256').where('sha256', 'in', some).execute();
        const needed = new Set(rows.map(({ sha256 }) => sha256));
        for (const sha256 of some) if (!needed.has(sha256)) await disk.remove(sha256);
      });
    }
  }
}
