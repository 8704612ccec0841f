import type { Kysely } from 'kysely';
import type { Engine } from '../engine/engine.js';
import type { Tables } from '../tables.js';
import type { CampaignRow } from '../upgrades/campaign-rows.js';
import type { UpgradeWrite, UpgradeWritten } from '../upgrades/upgrade-write.js';
import { portions } from './portions.js';
import { conflictOf } from './upgrade-conflicts.js';
import { UpgradeStatements } from './upgrade-statements.js';

/** Rows of one insert. */
const ROWS = 100;

/** Makes changes in one transaction; each is made as a whole, or not at all if it conflicts. */
export async function writeUpgrades(
  { kind, db }: Engine,
  writes: readonly UpgradeWrite[],
): Promise<readonly UpgradeWritten[]> {
  return db.transaction().execute(async (transaction) => {
    const found = await transaction.selectFrom('upgrade_position').select('position').executeTakeFirst();
    const position = found?.position ?? 0;
    const statements = new UpgradeStatements({ kind, db: transaction }, position);
    const written: UpgradeWritten[] = [];
    for (const write of writes) written.push(await carryOut(transaction, statements, write));
    if (statements.position !== position) await keepPosition(transaction, statements.position);
    return written;
  });
}

async function keepPosition(db: Kysely<Tables>, position: number): Promise<void> {
  await db
    .insertInto('upgrade_position')
    .values({ one: 1, position })
    .onConflict((conflict) => conflict.column('one').doUpdateSet({ position }))
    .execute();
}

const MISSED = { type: 'missed' } as const;
const KEPT = { type: 'kept', positions: [] } as const;

async function carryOut(
  db: Kysely<Tables>,
  statements: UpgradeStatements,
  write: UpgradeWrite,
): Promise<UpgradeWritten> {
  switch (write.type) {
    case 'add':
      return add(db, statements, write);
    case 'replace': {
      const position = await statements.replace(write.replacement);
      return position === undefined ? MISSED : { type: 'kept', positions: [position] };
    }
    case 'renew': {
      const lost: string[] = [];
      for (const lease of write.leases) {
        if (!(await statements.renew({ ...lease, holder: write.holder }, write.until))) lost.push(lease.id);
      }
      return { type: 'renewed', lost };
    }
    case 'remove': {
      const removed = await db
        .deleteFrom('upgrades')
        .where('id', '=', write.id)
        .where('holds_device', '=', 0)
        .executeTakeFirst();
      if (removed.numDeletedRows === 0n) return MISSED;
      await db.deleteFrom('upgrade_lines').where('upgrade', '=', write.id).execute();
      return KEPT;
    }
    case 'replaceCampaign': {
      const { id, ...values } = toColumns(write.row);
      const replaced = await db
        .updateTable('campaigns')
        .set(values)
        .where('id', '=', id)
        .where('seq', '=', write.expected)
        .executeTakeFirst();
      return replaced.numUpdatedRows === 0n ? MISSED : KEPT;
    }
    case 'putFirmware': {
      const conflict = await statements.putFirmware(write.row);
      return conflict === undefined ? KEPT : { type: 'conflict', detail: conflict };
    }
    default:
      return removeCampaign(db, write.id);
  }
}

async function add(
  db: Kysely<Tables>,
  statements: UpgradeStatements,
  { added, replaced, campaign }: Extract<UpgradeWrite, { type: 'add' }>,
): Promise<UpgradeWritten> {
  const conflict = await conflictOf(db, { added, replaced, campaign: campaign?.row });
  if (conflict !== undefined) return { type: 'conflict', detail: conflict };
  const positions: number[] = [];
  for (const replacement of replaced) {
    const position = await statements.replace(replacement);
    if (position !== undefined) positions.push(position);
  }
  for (const rows of portions(added, ROWS)) positions.push(...(await statements.insert(rows)));
  if (campaign) {
    const { row, skipped } = campaign;
    await db.insertInto('campaigns').values(toColumns(row)).execute();
    const skips = skipped.map(({ device, deviceName, organization, reason }, place) => ({
      campaign: row.id,
      place,
      device,
      name: deviceName,
      organization,
      reason,
    }));
    for (const rows of portions(skips, ROWS)) await db.insertInto('campaign_skips').values(rows).execute();
  }
  return { type: 'kept', positions };
}

async function removeCampaign(db: Kysely<Tables>, id: string): Promise<UpgradeWritten> {
  const removed = await db.deleteFrom('campaigns').where('id', '=', id).where('is_ended', '=', 1).executeTakeFirst();
  if (removed.numDeletedRows === 0n) return MISSED;
  const upgrades = db.selectFrom('upgrades').select('id').where('campaign', '=', id);
  await db.deleteFrom('upgrade_lines').where('upgrade', 'in', upgrades).execute();
  await db.deleteFrom('upgrades').where('campaign', '=', id).execute();
  await db.deleteFrom('campaign_skips').where('campaign', '=', id).execute();
  return KEPT;
}

const toColumns = ({ isEnded, createdBy, clientKey, ...row }: CampaignRow) => ({
  ...row,
  is_ended: isEnded ? 1 : 0,
  created_by: createdBy,
  client_key: clientKey,
});
