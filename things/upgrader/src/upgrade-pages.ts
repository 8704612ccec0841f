import type { Upgrade } from './upgrade.js';
import type { UpgradeQuery, UpgradeTable } from './upgrade-table.js';

const PAGE = 1000;

/** Reads all upgrades that fit, page by page; a page lacks those that cannot be read. None of them may begin or cease to fit meanwhile. */
export async function* upgradePages(
  table: Pick<UpgradeTable, 'find'>,
  query: Omit<UpgradeQuery, 'offset' | 'limit'>,
): AsyncGenerator<readonly Upgrade[]> {
  for (let offset = 0, total = 1; offset < total; offset += PAGE) {
    const { items, count } = await table.find({ ...query, offset, limit: PAGE });
    total = count;
    yield items;
  }
}

/** What is done for upgrades, after which most of them do not fit any more, and how many of them still do. */
interface DrainWork {
  work(upgrades: readonly Upgrade[]): Promise<unknown>;
  remaining(upgrades: readonly Upgrade[]): Promise<number>;
}

/** Has work done for all upgrades that fit, page by page. Those that still fit after it, and those that cannot be read, are passed over. */
export async function drainUpgrades(
  table: Pick<UpgradeTable, 'find'>,
  query: Omit<UpgradeQuery, 'offset' | 'limit'>,
  { work, remaining }: DrainWork,
): Promise<void> {
  for (let offset = 0; ; ) {
    const { items, count } = await table.find({ ...query, offset, limit: PAGE });
    await work(items);
    if (offset + PAGE >= count) return;
    offset += PAGE - items.length + (await remaining(items));
  }
}
