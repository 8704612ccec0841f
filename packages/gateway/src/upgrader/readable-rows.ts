import { type Log, ThingError } from '@thingwright/core';
import type { KeptUpgradeRow } from '@thingwright/store';
import type { Campaign, Upgrade } from '@thingwright/upgrader';
import { createSeldom } from '../audit/seldom.js';
import { toCampaign, toUpgrade } from './kept-upgrades.js';

/** Reads rows of upgrades and campaigns; what cannot be read is told of in the log, once, and left as it is. */
export interface ReadableRows {
  /** @throws ThingError `conflict`, with its id and why, for one that cannot be read. */
  upgrade(row: KeptUpgradeRow): Upgrade;
  /** Those that can be read. */
  upgrades(rows: readonly KeptUpgradeRow[]): readonly Upgrade[];
  /** @throws ThingError `conflict`. */
  campaign(row: string): Campaign;
  campaigns(rows: readonly string[]): readonly Campaign[];
}

/** Characters of an unreadable campaign that the log shows: its id is among them. */
const SHOWN = 200;

/** Makes the reader. */
export function readableRows(log: Log): ReadableRows {
  // By a clock that stands still nothing is new twice.
  const isNew = createSeldom(() => 0);

  const upgrade = (row: KeptUpgradeRow): Upgrade => {
    try {
      return toUpgrade(row);
    } catch (error) {
      const { id, device } = row;
      const reason = reasonOf(error);
      if (isNew(id, 1)) {
        log.error({ upgrade: id, device, reason }, 'an upgrade cannot be read: it is left alone, and keeps its device');
      }
      throw new ThingError('conflict', `Upgrade ${id} cannot be read: ${reason}`, { cause: error });
    }
  };
  const campaign = (row: string): Campaign => {
    try {
      return toCampaign(row);
    } catch (error) {
      const reason = reasonOf(error);
      const kept = row.slice(0, SHOWN);
      if (isNew(kept, 1)) log.error({ reason, kept }, 'a campaign cannot be read: it is left alone, with its upgrades');
      throw new ThingError('conflict', `The campaign cannot be read: ${reason}`, { cause: error });
    }
  };

  return {
    upgrade,
    upgrades: (rows) => readableOf(rows, upgrade),
    campaign,
    campaigns: (rows) => readableOf(rows, campaign),
  };
}

/** One that nobody can read is no reason to do without the others. */
const readableOf = <Row, T>(rows: readonly Row[], read: (row: Row) => T): readonly T[] =>
  rows.flatMap((row) => {
    try {
      return [read(row)];
    } catch (error) {
      if (error instanceof ThingError && error.code === 'conflict') return [];
      throw error;
    }
  });

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
