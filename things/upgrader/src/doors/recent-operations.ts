import { unlessUnreadable } from '../unreadable.js';
import { isEnded, type Upgrade } from '../upgrade.js';
import type { UpgradeTable } from '../upgrade-table.js';

/** Clients of a device are told so many. */
const MOST = 5;

/** What those who look at a device are shown: the operations that changed last, latest first, and always the one that goes on (reference, D14). */
export async function recentOperations(
  table: Pick<UpgradeTable, 'find' | 'holding'>,
  device: string,
): Promise<readonly Upgrade[]> {
  const { items } = await table.find({ device, order: { by: 'modified', isDescending: true }, limit: MOST });
  // One that cannot be read is shown as little as any other such: the rest is.
  const active = await table.holding(device).catch(unlessUnreadable);
  if (!active || isEnded(active) || items.some(({ id }) => id === active.id)) return items;
  return [...items.slice(0, MOST - 1), active];
}
