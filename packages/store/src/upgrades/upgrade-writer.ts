import { ThingError } from '@thingwright/core';
import type { UpgradeWrite, UpgradeWritten } from './upgrade-write.js';

/** Changes of one commit. */
const MOST = 500;

interface Waiting {
  readonly write: UpgradeWrite;
  resolve(written: UpgradeWritten): void;
  reject(error: unknown): void;
}

/** Commits changes in groups: what is asked for while a commit is under way goes into the next one. */
export interface UpgradeWriter {
  /** Resolves when it is kept, or is not to be; a conflict rejects as a ThingError `conflict`. */
  write(write: UpgradeWrite): Promise<Exclude<UpgradeWritten, { type: 'conflict' }>>;
  /** Resolves when all that was asked for is answered; what comes later is refused. */
  close(): Promise<void>;
}

/** Makes a writer; `commit` makes changes in one transaction. */
export function createUpgradeWriter(
  commit: (writes: readonly UpgradeWrite[]) => Promise<readonly UpgradeWritten[]>,
): UpgradeWriter {
  let waiting: Waiting[] = [];
  let working: Promise<void> | undefined;
  let closed = false;

  const commitGroup = async (group: readonly Waiting[]): Promise<void> => {
    try {
      const written = await commit(group.map(({ write }) => write));
      for (const [i, { resolve }] of group.entries()) resolve(written[i] ?? { type: 'missed' });
    } catch (error) {
      const isFaulty = error instanceof ThingError && error.code === 'failed';
      // One that the database refuses must not take the others with it.
      if (isFaulty && group.length > 1) for (const one of group) await commitGroup([one]);
      else for (const { reject } of group) reject(error);
    }
  };
  const work = async (): Promise<void> => {
    // Whoever asks in the same turn is in the same commit.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = waiting.slice(0, MOST);
      waiting = waiting.slice(MOST);
      await commitGroup(group);
    }
    working = undefined;
  };

  return {
    async write(write) {
      if (closed) throw new ThingError('unavailable', 'The store is closed');
      const written = await new Promise<UpgradeWritten>((resolve, reject) => {
        waiting.push({ write, resolve, reject });
        working ??= work();
      });
      if (written.type === 'conflict') throw new ThingError('conflict', written.detail);
      return written;
    },
    async close() {
      closed = true;
      await working;
    },
  };
}
