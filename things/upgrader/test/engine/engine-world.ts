import { setImmediate as turn } from 'node:timers/promises';
import type { Log } from '@thingwright/core';
import { Subject } from 'rxjs';
import { type FakeTimer, fakeTimer } from '../../../../test/fake-timer.js';
import {
  type Campaign,
  type Catalogue,
  catalogueInProcess,
  createUpgradeRecord,
  type Driver,
  type Fleet,
  type FleetDevice,
  type ImageContents,
  newUpgrade,
  runUpgradeEngine,
  type SimulatedDevices,
  simulatedDevice,
  simulatedDriver,
  type Upgrade,
  type UpgradeEngine,
  type UpgradeRecord,
  type UpgradeRequest,
  type UpgradeTables,
  upgradeTablesInProcess,
} from '../../src/index.js';
import { campaignOf, groupOf, requestOf, START, uuid } from '../fixture.js';

/** The image of every upgrade here. */
export const IMAGE = uuid(1, '5');
const SHA256 = 'ab'.repeat(32);

/** Devices that a test speaks for. */
interface TestFleet extends Fleet {
  readonly devices: Map<string, FleetDevice>;
  readonly changes: Subject<string>;
}

const fleetDevice = (id: string): FleetDevice => ({
  id,
  name: id,
  title: id,
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
  created: START,
});

/** A fleet of devices that come into being when they are asked for. */
function testFleet(): TestFleet {
  const devices = new Map<string, FleetDevice>();
  return {
    devices,
    get(id) {
      const device = devices.get(id) ?? fleetDevice(id);
      devices.set(id, device);
      return device;
    },
    list: () => devices.values(),
    group: () => undefined,
    location: () => undefined,
    changes: new Subject<string>(),
  };
}

/** A catalogue with one image of one build. */
async function testCatalogue(): Promise<Catalogue> {
  const catalogue = catalogueInProcess();
  const entry = { created: START, modified: START };
  await catalogue.categories.put({ ...entry, id: uuid(1, '7'), name: 'Routers', description: '', organization: 'lab' });
  const build = { category: uuid(1, '7'), version: '2.0', os: null, changelog: '' };
  await catalogue.builds.put({ ...entry, ...build, id: uuid(1, '6') });
  const file = { fileName: 'image.bin', size: 1000, sha256: SHA256, content: 'c', signature: null };
  await catalogue.images.put({ ...entry, ...file, id: IMAGE, build: uuid(1, '6'), type: 'x' });
  return catalogue;
}

/** Everything that an engine works with; engines come and go, the rest stays. */
export interface World extends AsyncDisposable {
  readonly timer: FakeTimer;
  readonly tables: UpgradeTables;
  readonly record: UpgradeRecord;
  readonly catalogue: Catalogue;
  readonly fleet: TestFleet;
  readonly devices: SimulatedDevices;
  /** Starts one more engine. */
  start(options?: StartOptions): UpgradeEngine;
  upgrade(id: string): Promise<Upgrade>;
  log(id: string): Promise<readonly string[]>;
  add(number: number, more?: Partial<UpgradeRequest>): Promise<Upgrade>;
  addCampaign(size: number, more?: Partial<Campaign>): Promise<Campaign>;
  /** Lets all that can happen now happen. */
  rest(): Promise<void>;
  /** Lets time pass, in steps of a second, until it is so; fails after `seconds`. */
  until(isSo: () => boolean | Promise<boolean>, seconds?: number): Promise<void>;
}

/** How an engine of a World is started. */
interface StartOptions {
  readonly record?: UpgradeRecord;
  readonly drivers?: readonly Driver[];
  readonly concurrency?: number;
  readonly stepTime?: number;
  readonly holder?: string;
  readonly contents?: Pick<ImageContents, 'read'>;
  readonly log?: Log;
}

/** Makes a World at the moment {@link START}. */
export async function world(tables: UpgradeTables = upgradeTablesInProcess()): Promise<World> {
  const timer = fakeTimer(START);
  const now = () => timer.now();
  const record = createUpgradeRecord(tables, { now, random: () => 0.5 });
  const catalogue = await testCatalogue();
  const fleet = testFleet();
  const devices: SimulatedDevices = new Map();
  const engines: UpgradeEngine[] = [];

  const rest = async () => {
    for (let i = 0; i < 30; i++) await turn();
  };
  const upgrade = async (id: string): Promise<Upgrade> => {
    const row = await tables.upgrades.get(id);
    if (!row) throw new Error(`There is no upgrade ${id}`);
    return row;
  };

  return {
    timer,
    tables,
    record,
    catalogue,
    fleet,
    devices,
    start({ stepTime = 0, ...options } = {}) {
      const drivers = options.drivers ?? [simulatedDriver({ devices, timer, stepTime })];
      const engine = runUpgradeEngine({
        record: options.record ?? record,
        catalogue,
        contents: options.contents ?? { read: () => Promise.reject(new Error('not read here')) },
        fleet,
        drivers,
        timer,
        elapsed: () => timer.elapsed(),
        ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
        ...(options.holder === undefined ? {} : { holder: options.holder }),
        ...(options.log === undefined ? {} : { log: options.log }),
      });
      engines.push(engine);
      return engine;
    },
    upgrade,
    log: async (id) => (await tables.upgrades.log(id)).map(({ text }) => text),
    async add(number, more = {}) {
      const request = requestOf(number, { created: timer.now(), ...more });
      if (!devices.has(request.device)) devices.set(request.device, simulatedDevice());
      return record.add(newUpgrade(request, IMAGE, 'queued'));
    },
    async addCampaign(size, more = {}) {
      const campaign = campaignOf(1, { total: size, groups: [groupOf('all', size)], ...more });
      let place = 0;
      const upgrades = campaign.groups.flatMap((group, g) =>
        Array.from({ length: group.size }, () => {
          const request = requestOf(++place, {
            campaign: campaign.id,
            group: g,
            place,
            persistent: campaign.persistent,
          });
          if (!devices.has(request.device)) devices.set(request.device, simulatedDevice());
          return newUpgrade(request, IMAGE, 'planned');
        }),
      );
      return record.addCampaign(campaign, upgrades, []);
    },
    rest,
    async until(isSo, seconds = 7200) {
      for (let i = 0; i < seconds; i++) {
        await rest();
        if (await isSo()) return;
        timer.pass(1000);
      }
      throw new Error(`It is not so after ${seconds} s`);
    },
    async [Symbol.asyncDispose]() {
      const closed = Promise.all(engines.map((engine) => engine[Symbol.asyncDispose]()));
      for (let i = 0; i < 3; i++) {
        await rest();
        timer.pass(10_000);
      }
      await closed;
    },
  };
}
