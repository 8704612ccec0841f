/** Campaigns over simulated devices, in one process: with a store in a folder and its threads, or with tables in memory. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemTimer } from '@thingwright/device-link';
import { upgradeTablesIn } from '@thingwright/gateway';
import { openStore } from '@thingwright/store';
import {
  type Build,
  type CampaignOrder,
  type Catalogue,
  catalogueInProcess,
  createCampaignDesk,
  createUpgradeRecord,
  type FirmwareImage,
  type Fleet,
  type FleetDevice,
  runUpgradeEngine,
  type SimulatedDevices,
  simulatedDriver,
  type UpgradeTables,
  upgradeTablesInProcess,
} from '@thingwright/upgrader';
import { filter, firstValueFrom, NEVER } from 'rxjs';
import { obey } from '../harness/commands.js';
import { figure } from '../harness/figures.js';
import { peakMemory } from '../harness/peak-memory.js';
import { deviceID } from '../sample.js';
import { microseconds } from '../wire.js';

const AT = { created: 0, modified: 0 } as const;
const category = { ...AT, id: randomUUID(), name: 'Routers', description: '', organization: 'lab' };
const hardware = [{ key: 'x.bin', label: 'Model X', boards: ['X'] }];
const [before, after] = [buildOf('1.0'), buildOf('2.0')];

function buildOf(version: string): { readonly build: Build; readonly image: FirmwareImage } {
  const build = { ...AT, id: randomUUID(), category: category.id, version, os: null, changelog: '' };
  const image = {
    ...AT,
    id: randomUUID(),
    build: build.id,
    type: 'x.bin',
    fileName: 'x.bin',
    size: 1_000_000,
    sha256: version.replace('.', '').repeat(32),
    content: version,
    signature: null,
  };
  return { build, image };
}

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
  connection: null,
  driver: 'simulated',
  created: n,
});

const fleetOf = (devices: ReadonlyMap<string, FleetDevice>): Fleet => ({
  get: (id) => devices.get(id),
  list: () => devices.values(),
  group: () => undefined,
  location: () => undefined,
  changes: NEVER,
});

const ORDER: CampaignOrder = {
  build: after.build.id,
  persistent: false,
  groups: [{ name: 'canary', percent: 1 }, { name: 'half', percent: 50 }, { name: 'rest' }],
};

const heap = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

/** Where a campaign is kept. */
interface Premises extends AsyncDisposable {
  readonly tables: UpgradeTables;
  readonly catalogue: Catalogue;
}

async function inFolder(): Promise<Premises> {
  const data = await mkdtemp(join(tmpdir(), 'thingwright-bench-'));
  const store = await openStore({ data });
  return {
    tables: upgradeTablesIn(store),
    catalogue: store.firmware,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(data, { recursive: true });
    },
  };
}

const inProcess = async (): Promise<Premises> => ({
  tables: upgradeTablesInProcess(),
  catalogue: catalogueInProcess(),
  [Symbol.asyncDispose]: async () => undefined,
});

/** Files both builds, and that all devices have the first one. */
async function file({ catalogue }: Premises, devices: Iterable<string>): Promise<void> {
  await catalogue.categories.put(category);
  for (const { build, image } of [before, after]) {
    await catalogue.builds.put(build);
    await catalogue.images.put(image);
  }
  const rows = Array.from(devices, (device) => ({
    ...AT,
    id: randomUUID(),
    device,
    image: before.image.id,
    installed: true,
  }));
  await Promise.all(rows.map((row) => catalogue.firmware.put(row)));
}

const memory = peakMemory();

obey({
  /**
   * Plans, adds and runs a campaign of so many devices, kept on disk if `lasting` is 1; tells microseconds of planning, of planning and adding it, and of
   * running it, by the wall and of CPU time; how many changes were told; and bytes: of RSS at most, and of heap at the end, both above what there
   * was before.
   */
  async run(figures) {
    const count = figure(figures, 'devices');
    const devices = new Map(Array.from({ length: count }, (_, n) => deviceOf(n)).map((device) => [device.id, device]));
    const simulated: SimulatedDevices = new Map();
    await using premises = await (figure(figures, 'lasting') === 1 ? inFolder() : inProcess());
    await file(premises, devices.keys());
    const { tables, catalogue } = premises;
    const record = createUpgradeRecord(tables);
    const drivers = [simulatedDriver({ devices: simulated, timer: systemTimer })];
    const fleet = fleetOf(devices);
    const parts = { record, catalogue, fleet, hardware, drivers, now: Date.now, newID: randomUUID };
    const desk = createCampaignDesk(parts);
    // Whoever reads first waits for a thread.
    await tables.upgrades.heldDevices();
    const [heapBefore, rssBefore] = [heap(), process.memoryUsage.rss()];
    await memory.watch({});

    const started = microseconds();
    const { plan } = await desk.plan(ORDER);
    if (plan.upgrades.length !== count) throw new Error(`${plan.upgrades.length} of ${count} are planned`);
    const planned = microseconds();
    const { campaign } = await desk.create(ORDER, { by: 'user:ada' });
    const added = microseconds();

    let events = 0;
    const counting = record.upgrades.subscribe(() => {
      events++;
    });
    const contents = { read: () => Promise.reject(new Error('nothing is read')) };
    const cpuBefore = process.cpuUsage();
    const engine = runUpgradeEngine({ record, catalogue, contents, fleet, drivers });
    const ended = firstValueFrom(record.campaigns.pipe(filter(({ campaign: { ended: at } }) => at !== null)));
    await record.advanceCampaign(campaign.id, { type: 'start' });
    const { campaign: last } = await ended;
    const run = microseconds() - added;
    const { user, system } = process.cpuUsage(cpuBefore);
    counting.unsubscribe();
    await engine[Symbol.asyncDispose]();

    const { rss } = await memory.peak({});
    const flashed = [...simulated.values()].filter(({ flashes }) => flashes === 1).length;
    if (last.outcome !== 'success' || flashed !== count) throw new Error(`${flashed} of ${count}: ${last.outcome}`);
    const changes = (await tables.upgrades.position()) - count;
    if (changes !== events) throw new Error(`${events} of ${changes} changes were told`);
    const installed = await catalogue.firmware.find({ where: { image: after.image.id, installed: true }, limit: 1 });
    if (installed.count !== count) throw new Error(`${installed.count} of ${count} have what they were given`);
    return {
      plan: planned - started,
      create: added - planned,
      run,
      cpu: user + system,
      events,
      peak: (rss ?? rssBefore) - rssBefore,
      heap: heap() - heapBefore,
    };
  },
});
