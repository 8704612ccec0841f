import { setImmediate } from 'node:timers/promises';
import { textFrame } from '@thingwright/device-link';
import type { Campaign } from '../campaign.js';
import { type Counts, createTally } from '../tally.js';
import { upgradePages } from '../upgrade-pages.js';
import type { UpgradeTable } from '../upgrade-table.js';
import { type BatchCounts, batchCounts, batchState } from '../wire/batch-messages.js';
import type { Dialect } from '../wire/dialect.js';
import { LOG_LIMITS, logShare, wireOperation } from '../wire/operation.js';

/** The state of a campaign as one message, for any number of connections. */
export interface BatchSnapshot {
  readonly frame: Buffer;
  /** The counts in it. */
  readonly status: BatchCounts;
  /** The `seq` of each operation in it. */
  readonly seqs: ReadonlyMap<string, number>;
}

/** For whom. */
export interface SnapshotFor {
  readonly dialect: Dialect;
  /** Whose devices; undefined: those of all. */
  readonly organizations: readonly string[] | undefined;
  /** The counts of all, those too that cannot be read. */
  counts(): Promise<Counts>;
}

const IN_PLACE = { by: 'place', isDescending: false } as const;

/** Reads the state of a campaign page by page, in the order of its plan. */
export async function readBatchSnapshot(
  table: Pick<UpgradeTable, 'find' | 'tails'>,
  campaign: Campaign,
  { dialect, organizations, counts: countAll }: SnapshotFor,
): Promise<BatchSnapshot> {
  const tally = createTally();
  const seqs = new Map<string, number>();
  const parts: string[] = [];
  const characters = logShare(LOG_LIMITS.batch, campaign.total);
  for await (const items of upgradePages(table, { campaign: campaign.id, organizations, order: IN_PLACE })) {
    const tails = await table.tails(
      items.map(({ id }) => id),
      characters,
    );
    for (const upgrade of items) {
      parts.push(JSON.stringify(wireOperation(upgrade, tails.get(upgrade.id), { dialect })));
      tally.move(upgrade.group, undefined, upgrade.phase);
      seqs.set(upgrade.id, upgrade.seq);
    }
    // Others have their turn, too, also where rows are read without waiting.
    await setImmediate();
  }
  const counts = batchCounts(campaign, organizations ? tally.counts() : await countAll(), dialect);
  // Its list is its last member: what was encoded page by page is put in there.
  const empty = JSON.stringify(batchState(counts, [], dialect)).slice(0, -2);
  return { frame: textFrame(`${empty}${parts.join(',')}]}`), status: counts, seqs };
}

/** Counts the upgrades of a campaign that belong to some organizations. */
export async function countVisible(
  table: Pick<UpgradeTable, 'find'>,
  campaign: string,
  organizations: readonly string[],
): Promise<Counts> {
  const tally = createTally();
  for await (const items of upgradePages(table, { campaign, organizations, order: IN_PLACE })) {
    for (const { group, phase } of items) tally.move(group, undefined, phase);
  }
  return tally.counts();
}
