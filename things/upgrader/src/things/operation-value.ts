import { formatMilliseconds, ThingError } from '@thingwright/core';
import type { Static } from 'typebox';
import type { LogPage, LogRequest, Operation, OperationProgress } from '../operation.model.js';
import { statusOf } from '../phase.js';
import type { Upgrade } from '../upgrade.js';
import type { LogTail, UpgradeQuery, UpgradeTable } from '../upgrade-table.js';
import { extensionOf, LOG_LIMITS, wireOperation } from '../wire/operation.js';

/** An operation as Things show it. */
export type OperationValue = Static<typeof Operation>;

/** An upgrade, with the end of its log. */
const operationValue = (upgrade: Upgrade, log: LogTail | undefined): OperationValue => ({
  id: upgrade.id,
  device: upgrade.device,
  image: upgrade.image,
  status: statusOf(upgrade.phase),
  log: wireOperation(upgrade, log, { dialect: 'upstream' }).log,
  progress: upgrade.progress,
  modified: formatMilliseconds(upgrade.modified),
  created: formatMilliseconds(upgrade.created),
  ...extensionOf(upgrade),
});

/** How an upgrade of a campaign goes on. */
export const progressValue = (upgrade: Upgrade): Static<typeof OperationProgress> => ({
  operation_id: upgrade.id,
  status: statusOf(upgrade.phase),
  progress: upgrade.progress,
  modified: formatMilliseconds(upgrade.modified),
  device_id: upgrade.device,
  device_name: upgrade.deviceName,
  image_name: upgrade.image === null ? null : upgrade.imageName,
  ...extensionOf(upgrade),
});

/** Reads the log of one upgrade. */
export async function readOperation(table: Pick<UpgradeTable, 'tails'>, upgrade: Upgrade): Promise<OperationValue> {
  const tails = await table.tails([upgrade.id], LOG_LIMITS.operation);
  return operationValue(upgrade, tails.get(upgrade.id));
}

/** Reads a part of upgrades, each with the end of its log. */
export async function listOperations(
  table: Pick<UpgradeTable, 'find' | 'tails'>,
  query: UpgradeQuery,
): Promise<{ readonly operations: OperationValue[]; readonly total: number }> {
  const { items, count } = await table.find(query);
  const tails = await table.tails(
    items.map(({ id }) => id),
    LOG_LIMITS.batch,
  );
  return { operations: items.map((upgrade) => operationValue(upgrade, tails.get(upgrade.id))), total: count };
}

/** Reads a part of the log of an upgrade that belongs to a Thing. @throws ThingError `notFound` for another one. */
export async function readLog(
  table: Pick<UpgradeTable, 'get' | 'log'>,
  { operation, from = 0, limit = 1000 }: Static<typeof LogRequest>,
  isOwn: (upgrade: Upgrade) => boolean,
): Promise<Static<typeof LogPage>> {
  const upgrade = await table.get(operation);
  if (!upgrade || !isOwn(upgrade)) throw new ThingError('notFound', `There is no operation ${operation}`);
  const entries = await table.log(operation, from, limit);
  return {
    entries: entries.map(({ number, at, text }) => ({ number, at: formatMilliseconds(at), text })),
    total: upgrade.lines,
  };
}
