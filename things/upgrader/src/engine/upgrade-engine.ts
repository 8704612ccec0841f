import { randomUUID } from 'node:crypto';
import { type Log, silent } from '@thingwright/core';
import { systemTimer, type Timer } from '@thingwright/device-link';
import type { Campaign } from '../campaign.js';
import type { Catalogue, ImageContents } from '../catalogue.js';
import type { Driver } from '../driver.js';
import type { Fleet } from '../fleet.js';
import { PHASE_NAMES, type Phase, stageOf } from '../phase.js';
import type { WindowState } from '../schedule.js';
import { dueOf, type Upgrade } from '../upgrade.js';
import { upgradePages } from '../upgrade-pages.js';
import type { UpgradeRecord } from '../upgrade-record.js';
import { createCampaignDirector } from './campaign-director.js';
import { createDispatcher } from './dispatcher.js';
import { driverImage } from './driver-image.js';
import { fileInstalled } from './installed-firmware.js';
import { rememberedWindows } from './remembered-windows.js';
import { createSetClock } from './set-clock.js';
import { createUpgradeRuns } from './upgrade-runs.js';
import { createWakeUp } from './wake-up.js';

/** What an engine works with, and its limits. */
export interface UpgradeEngineOptions {
  readonly record: UpgradeRecord;
  readonly catalogue: Catalogue;
  readonly contents: Pick<ImageContents, 'read'>;
  readonly fleet: Fleet;
  readonly drivers: readonly Driver[];
  /** How many upgrades are worked on at once, in all. Default 50. */
  readonly concurrency?: number;
  /** Milliseconds after which others may take over from a worker that is not heard of any more. Default 30,000. */
  readonly leaseTime?: number;
  /**
   * The worker. Default a UUID, of this engine alone. Whoever makes sure that no other engine works on the record gives the same to the next
   * one: what this one leaves behind is then taken over at once, and not when its leases are over.
   */
  readonly holder?: string;
  readonly timer?: Timer;
  /** Milliseconds that pass evenly, whatever the clock is set to. Default those of the process. */
  readonly elapsed?: () => number;
  readonly log?: Log;
}

/** The engine at work. Disposing asks all drivers to stop, and waits for 10 s at most; what was begun goes on with the next engine. */
export interface UpgradeEngine extends AsyncDisposable {
  /** How many upgrades are worked on. */
  readonly working: number;
  /** Resolves once what an engine before this one left behind has been found; never rejects. */
  readonly recovered: Promise<void>;
}

const PATIENCE = 10_000;
const PAGE = 1000;
const OPEN: WindowState = { isOpen: true, until: null };
const UNFINISHED: readonly Phase[] = PHASE_NAMES.filter((phase) => stageOf(phase) !== 'ended');

/**
 * Works on whatever is due in the record: claims upgrades, has drivers do them, keeps their leases, takes over from workers that died, and directs
 * campaigns (reference, sections 5.4 to 5.7, 6 and 14). After a crash, what stands in the record is enough for the next one.
 */
export function runUpgradeEngine(options: UpgradeEngineOptions): UpgradeEngine {
  const { record, catalogue, contents, fleet, timer = systemTimer, log = silent, holder = randomUUID() } = options;
  const { concurrency = 50, leaseTime = 30_000, elapsed = () => performance.now() } = options;
  const now = () => timer.now();
  const drivers = new Map(options.drivers.map((driver) => [driver.name, driver]));
  const campaigns = new Map<string, Campaign>();

  const campaignOf = async (id: string): Promise<Campaign | undefined> => {
    const campaign = campaigns.get(id) ?? (await record.tables.campaigns.get(id));
    if (campaign && campaign.ended === null) campaigns.set(id, campaign);
    return campaign;
  };

  const windowOf = rememberedWindows();
  const window = async ({ campaign }: Upgrade): Promise<WindowState> => {
    const schedule = campaign === null ? null : (await campaignOf(campaign))?.schedule;
    return schedule ? windowOf(schedule, now()) : OPEN;
  };

  const runs = createUpgradeRuns({
    record,
    timer,
    elapsed,
    log,
    holder,
    leaseTime,
    window,
    before: (upgrade, result) => fileInstalled(catalogue, upgrade, { result, now }),
  });
  const dispatcher = createDispatcher({
    record,
    fleet,
    drivers,
    runs,
    timer,
    log,
    holder,
    leaseTime,
    concurrency,
    campaign: campaignOf,
    window,
    image: (upgrade) => driverImage(catalogue, contents, upgrade),
    freed: () => work.soon(),
  });
  const director = createCampaignDirector({ record, catalogue, timer, log, concurrency });
  const direction = createWakeUp(director.direct, { timer, log });

  const mindClock = createSetClock({ record, timer, elapsed, log, window });
  const arrivals = new Set<string>();
  const work = createWakeUp(
    async () => {
      await mindClock();
      const devices = [...arrivals];
      arrivals.clear();
      await Promise.all(devices.map((device) => dispatcher.arrived(device)));
      return dispatcher.dispatch();
    },
    { timer, log },
  );

  const note = (campaign: string): void => {
    director.note(campaign);
    direction.soon();
  };

  const subscriptions = [
    record.upgrades.subscribe(({ upgrade, before }) => {
      runs.take(upgrade);
      const due = upgrade.lease?.holder === holder ? null : dueOf(upgrade);
      if (due !== null && due <= now()) work.soon();
      else if (due !== null) work.at(due);
      const isElsewhere = before === undefined || stageOf(before.phase) !== stageOf(upgrade.phase);
      if (upgrade.campaign !== null && before !== undefined && isElsewhere) note(upgrade.campaign);
    }),
    record.campaigns.subscribe(({ campaign }) => {
      if (campaign.ended === null) campaigns.set(campaign.id, campaign);
      else campaigns.delete(campaign.id);
      note(campaign.id);
    }),
    fleet.changes.subscribe((device) => {
      const known = fleet.get(device);
      if (known?.isActive && !known.isOnline) return;
      arrivals.add(device);
      work.soon();
    }),
  ];

  /** What was kept and not followed: campaigns, devices that came while nobody looked, and what a worker before this one was at. */
  const recover = async (): Promise<void> => {
    for await (const items of upgradePages(record.tables.upgrades, { phases: UNFINISHED })) {
      for (const { campaign, phase, device } of items) {
        if (campaign !== null) director.note(campaign);
        if (phase === 'waiting-device' || stageOf(phase) !== 'waiting') arrivals.add(device);
      }
    }
    const phases = ['scheduled', 'running', 'paused', 'stopping'] as const;
    for (let offset = 0, total = 1; offset < total; offset += PAGE) {
      const { items, count } = await record.tables.campaigns.find({ phases, limit: PAGE, offset });
      for (const { id } of items) director.note(id);
      total = count;
    }
  };

  const recovered = recover()
    .catch((error: unknown) => log.error({ error }, 'upgrades of before could not be read'))
    .then(() => {
      direction.soon();
      work.soon();
    });

  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    // A store that does not answer is not waited for.
    const stopped = Promise.all([work.stop(), direction.stop()]);
    await new Promise<void>((resolve) => {
      const stop = timer.after(PATIENCE, resolve);
      void stopped.then(() => {
        stop();
        resolve();
      });
    });
    await runs.close(PATIENCE);
    for (const subscription of subscriptions) subscription.unsubscribe();
  };

  return {
    get working() {
      return runs.size;
    },
    recovered,
    [Symbol.asyncDispose]() {
      closed ??= close();
      return closed;
    },
  };
}
