import { type Log, ThingError } from '@thingwright/core';
import type { Timer } from '@thingwright/device-link';
import type { Campaign } from '../campaign.js';
import { directionOf } from '../campaign-direction.js';
import type { Driver, DriverImage } from '../driver.js';
import type { Fleet } from '../fleet.js';
import { stageOf } from '../phase.js';
import type { WindowState } from '../schedule.js';
import { unlessUnreadable } from '../unreadable.js';
import { PHASE_LIMITS, type Upgrade } from '../upgrade.js';
import type { Direction } from '../upgrade-event.js';
import type { UpgradeRecord } from '../upgrade-record.js';
import { createSlots, type Share } from './slots.js';
import type { UpgradeRuns } from './upgrade-runs.js';

/** What a Dispatcher needs. */
export interface DispatcherParts {
  readonly record: UpgradeRecord;
  readonly fleet: Fleet;
  readonly drivers: ReadonlyMap<string, Driver>;
  readonly runs: UpgradeRuns;
  readonly timer: Timer;
  readonly log: Log;
  readonly holder: string;
  readonly leaseTime: number;
  /** How many are worked on at once. */
  readonly concurrency: number;
  campaign(id: string): Promise<Campaign | undefined>;
  /** Whether its device may be flashed now. */
  window(upgrade: Upgrade): Promise<WindowState>;
  /** What is to be installed, or what is known of it once it was deleted. */
  image(upgrade: Upgrade): Promise<DriverImage>;
  /** A place is free again. */
  freed(): void;
}

/** What becomes of upgrades that are due. */
export interface Dispatcher {
  /** Does what is due, and tells when it is so again. */
  dispatch(): Promise<number | undefined>;
  /**
   * A device can be reached, perhaps, or never again: an upgrade that waits for it goes on, or ends; what came of one that was flashed is
   * looked at. One that a dead worker left behind is taken over.
   */
  arrived(device: string): Promise<void>;
}

/** Those are looked at, at once; more if none of them can go on. */
const PAGE = 100;
const LARGEST_PAGE = 12_800;
/** Milliseconds until it is looked again, where nobody could go on. */
const LOOK_AGAIN = 5000;
const BY = 'campaign';

/** What came of an upgrade that was due: it went on, or has to wait for a place. */
type Moved = 'moved' | 'blocked';

/** Makes a Dispatcher. */
export function createDispatcher(parts: DispatcherParts): Dispatcher {
  const { record, fleet, drivers, runs, timer, log, holder, leaseTime, concurrency } = parts;
  const { upgrades } = record.tables;
  const slots = createSlots();
  let page = PAGE;

  const direct = async (upgrade: Upgrade, event: Direction): Promise<Moved> => {
    await record.advance(upgrade.id, event);
    return 'moved';
  };

  /** Somebody works on it, or did. */
  const overdue = async (upgrade: Upgrade): Promise<Moved> => {
    const { lease, phase, phaseSince, id } = upgrade;
    if (runs.has(id)) {
      runs.checkDeadlines();
      return 'blocked';
    }
    const holderIsDead = isLeftBehind(upgrade);
    if (holderIsDead || (lease?.until ?? 0) <= timer.now()) return direct(upgrade, { type: 'lapse', holderIsDead });
    const limit = PHASE_LIMITS[phase];
    const isTooLong = limit !== undefined && phaseSince + limit <= timer.now();
    return isTooLong ? direct(upgrade, { type: 'expire' }) : 'moved';
  };

  const dismissed = (upgrade: Upgrade): Direction | undefined => {
    const device = fleet.get(upgrade.device);
    const dismiss = (line: string) => ({ type: 'dismiss', phase: 'precondition-failed', line }) as const;
    if (!device) return dismiss('Upgrade aborted because there is no such device any more.');
    if (!device.isActive && upgrade.retryCount > 0) {
      const line = 'Device has been deactivated; persistent retry aborted.';
      return { type: 'dismiss', phase: 'failed', line };
    }
    if (!device.isActive) return dismiss('Upgrade aborted because the device has been deactivated.');
    return drivers.has(device.driver ?? '') ? undefined : dismiss('No device connection available');
  };

  const driverOf = (upgrade: Upgrade): Driver | undefined => drivers.get(fleet.get(upgrade.device)?.driver ?? '');

  const sharesOf = ({ group }: Upgrade, driver: Driver, campaign: Campaign | undefined): Share[] => {
    const shares: Share[] = [
      { key: 'all', limit: concurrency },
      { key: `driver ${driver.name}`, limit: driver.concurrency },
    ];
    if (!campaign) return shares;
    const { id, groups, concurrency: limit } = campaign;
    shares.push({ key: `campaign ${id}`, limit });
    shares.push({ key: `group ${id} ${group}`, limit: groups[group]?.concurrency ?? null });
    return shares;
  };

  /** What a campaign wants that cannot be read, and when, nobody can say: its upgrades wait. */
  const campaignOf = async ({ campaign }: Upgrade): Promise<Campaign | 'unreadable' | undefined> =>
    campaign === null
      ? undefined
      : parts.campaign(campaign).catch((error: unknown) => unlessUnreadable(error) ?? 'unreadable');

  /** One that waits for nothing but to be worked on. */
  const admit = async (upgrade: Upgrade): Promise<Moved> => {
    const dismissal = dismissed(upgrade);
    if (dismissal) return direct(upgrade, dismissal);
    const campaign = await campaignOf(upgrade);
    if (campaign === 'unreadable') return 'blocked';
    const direction = campaign && directionOf(campaign, upgrade, { by: BY });
    if (direction) return direct(upgrade, direction);
    const driver = driverOf(upgrade);
    if (upgrade.persistent && driver?.isReachable(upgrade.device) === false) {
      await record.advance(upgrade.id, { type: 'hold', phase: 'waiting-device', until: null });
      // It may have come meanwhile.
      await arrived(upgrade.device);
      return 'moved';
    }
    return work(upgrade, campaign);
  };

  const work = async (upgrade: Upgrade, campaign: Campaign | undefined): Promise<Moved> => {
    const driver = driverOf(upgrade);
    if (!driver) return 'blocked';
    const shares = sharesOf(upgrade, driver, campaign);
    if (!slots.take(shares)) return 'blocked';
    let isBegun = false;
    try {
      const image = await parts.image(upgrade);
      if (image.isDeleted && stageOf(upgrade.phase) === 'waiting')
        return await direct(upgrade, { type: 'imageDeleted' });
      const claimed = await record.advance(upgrade.id, { type: 'claim', holder, until: timer.now() + leaseTime });
      isBegun = true;
      runs.begin(claimed, {
        driver,
        image,
        isFlashed: stageOf(claimed.phase) === 'flashed',
        ended() {
          slots.give(shares);
          parts.freed();
        },
      });
      return 'moved';
    } finally {
      if (!isBegun) slots.give(shares);
    }
  };

  /** Where its window is not open, as the clock was set or nobody was there when it was, it waits for the next one. */
  const awaitWindow = async (upgrade: Upgrade): Promise<Moved> => {
    const window = await parts.window(upgrade).catch(unlessUnreadable);
    if (!window) return 'blocked';
    const { isOpen, until } = window;
    return direct(upgrade, isOpen ? { type: 'release' } : { type: 'hold', phase: 'waiting-window', until });
  };

  /** Nobody knows what came of it: that is found out, or given up where nobody can. */
  const lookAfter = (upgrade: Upgrade): Promise<Moved> => {
    const patience = PHASE_LIMITS['outcome-unknown'] ?? 0;
    const isHopeless = !driverOf(upgrade) && upgrade.phaseSince + patience <= timer.now();
    return isHopeless ? direct(upgrade, { type: 'expire' }) : work(upgrade, undefined);
  };

  const move = async (upgrade: Upgrade): Promise<Moved> => {
    try {
      if (upgrade.lease !== null) return await overdue(upgrade);
      if (upgrade.phase === 'outcome-unknown') return await lookAfter(upgrade);
      if (upgrade.phase === 'waiting-window') return await awaitWindow(upgrade);
      return await (upgrade.phase === 'queued' ? admit(upgrade) : direct(upgrade, { type: 'release' }));
    } catch (error) {
      if (!(error instanceof ThingError)) throw error;
      // Refused: somebody else was faster, or it was removed.
      if (error.code === 'notFound') log.warn({ upgrade: upgrade.id }, 'an upgrade that was due is gone');
      if (error.code !== 'conflict' && error.code !== 'notFound') throw error;
      return 'moved';
    }
  };

  const isLeftBehind = ({ lease, id }: Upgrade): boolean => lease?.holder === holder && !runs.has(id);

  const arrived = async (device: string): Promise<void> => {
    const held = await upgrades.holding(device).catch(unlessUnreadable);
    if (!held) return;
    const isReachable = driverOf(held)?.isReachable(device) === true;
    // One that can never come is waited for by nobody: what is released is dismissed.
    const isReleased = held.phase === 'waiting-device' && (isReachable || dismissed(held) !== undefined);
    const isBack = held.phase === 'outcome-unknown' && isReachable;
    if (isReleased || isBack || isLeftBehind(held)) await move(held);
  };

  return {
    async dispatch() {
      const due = await upgrades.due(timer.now(), page);
      const moved = await Promise.all(due.map(move));
      const isBlocked = due.length > 0 && moved.every((one) => one === 'blocked');
      const isMore = due.length === page;
      page = isBlocked && isMore ? Math.min(LARGEST_PAGE, page * 2) : PAGE;
      if (isMore && (!isBlocked || page < LARGEST_PAGE)) return timer.now();
      const next = await upgrades.nextDue();
      return next !== undefined && moved.includes('blocked') ? Math.max(next, timer.now() + LOOK_AGAIN) : next;
    },
    arrived,
  };
}
