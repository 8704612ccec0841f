/** Campaigns over simulated devices, all in one process, with tables in memory. */
import { randomUUID } from 'node:crypto';
import { systemTimer } from '@thingwright/device-link';
import {
  campaignOf,
  catalogueInProcess,
  createUpgradeRecord,
  type Fleet,
  type FleetDevice,
  planCampaign,
  planRequestOf,
  runUpgradeEngine,
  simulatedDriver,
  upgradeTablesInProcess,
} from '@thingwright/upgrader';
import { filter, firstValueFrom, NEVER } from 'rxjs';
import { obey } from '../harness/commands.js';
import { figure } from '../harness/figures.js';
import { deviceID } from '../sample.js';
import { microseconds } from '../wire.js';

const AT = { created: 0, modified: 0 } as const;
const category = { ...AT, id: randomUUID(), name: 'Routers', description: '', organization: 'lab' };
const build = { ...AT, id: randomUUID(), category: category.id, version: '2.0', os: null, changelog: '' };
const hardware = [{ key: 'x.bin', label: 'Model X', boards: ['X'] }];
const image = {
  ...AT,
  id: randomUUID(),
  build: build.id,
  type: 'x.bin',
  fileName: 'x.bin',
  size: 1_000_000,
  sha256: 'ab'.repeat(32),
  content: 'x',
  signature: null,
};

const deviceOf = (n: number): FleetDevice => ({
  id: deviceID(n).replace('urn:uuid:', ''),
  name: `router-${n}`,
  title: `Router ${n}`,
  organization: 'lab',
  model: 'X',
  os: null,
  version: '1.0',
  group: null,
  location: null,
  isActive: true,
  isOnline: true,
  driver: 'simulated',
  created: n,
});

function fleetOf(devices: ReadonlyMap<string, FleetDevice>): Fleet {
  return {
    get: (id) => devices.get(id),
    list: () => devices.values(),
    group: () => undefined,
    location: () => undefined,
    changes: NEVER,
  };
}

const heap = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

obey({
  /** Plans, adds and runs a campaign; tells microseconds of the plan, of adding it, of running it, how many changes were told, and bytes. */
  async run(figures) {
    const count = figure(figures, 'devices');
    const before = heap();
    const devices = new Map(Array.from({ length: count }, (_, n) => deviceOf(n)).map((device) => [device.id, device]));
    const catalogue = catalogueInProcess();
    await catalogue.categories.put(category);
    await catalogue.builds.put(build);
    await catalogue.images.put(image);
    const record = createUpgradeRecord(upgradeTablesInProcess());
    const simulated = new Map();
    const target = { category, build, images: [image], hardware };
    const order = {
      build: build.id,
      firmwareless: true,
      persistent: false,
      groups: [{ name: 'canary', percent: 1 }, { name: 'half', percent: 50 }, { name: 'rest' }],
    };

    const started = microseconds();
    const plan = planCampaign(planRequestOf(order, target), {
      devices: devices.values(),
      firmwareOf: () => undefined,
      isHeld: () => false,
      optionsOf: () => ['c'],
    });
    const origin = { createdBy: 'user:ada', now: Date.now(), newID: randomUUID };
    const { campaign, upgrades } = campaignOf(order, target, { plan, origin });
    const planned = microseconds();
    await record.addCampaign(campaign, upgrades, plan.skipped);
    const added = microseconds();

    let events = 0;
    const counting = record.upgrades.subscribe(() => {
      events++;
    });
    const driver = simulatedDriver({ devices: simulated, timer: systemTimer });
    const contents = { read: () => Promise.reject(new Error('nothing is read')) };
    const engine = runUpgradeEngine({ record, catalogue, contents, fleet: fleetOf(devices), drivers: [driver] });
    const ended = firstValueFrom(record.campaigns.pipe(filter(({ campaign: { ended: at } }) => at !== null)));
    await record.advanceCampaign(campaign.id, { type: 'start' });
    const { campaign: last } = await ended;
    const run = microseconds() - added;
    counting.unsubscribe();
    await engine[Symbol.asyncDispose]();
    const flashed = [...simulated.values()].filter(({ flashes }) => flashes === 1).length;
    if (last.outcome !== 'success' || flashed !== count) throw new Error(`${flashed} of ${count}: ${last.outcome}`);
    const memory = heap() - before;
    const changes = (await record.tables.upgrades.position()) - count;
    if (changes !== events) throw new Error(`${events} of ${changes} changes were told`);
    return { plan: planned - started, add: added - planned, run, events, memory };
  },
});
