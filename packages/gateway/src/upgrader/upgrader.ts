import { randomUUID } from 'node:crypto';
import type { Exposure, Log, Site } from '@thingwright/core';
import { type DeviceIdentities, systemTimer } from '@thingwright/device-link';
import type { Binding } from '@thingwright/listener';
import type { DeviceRecord, Store } from '@thingwright/store';
import {
  createCampaignDesk,
  createUpgradeDesk,
  createUpgradeRecord,
  deviceUpgrader,
  openUpgraderDoors,
  openWrtDriver,
  recogniseDevices,
  routeChanges,
  runUpgradeEngine,
  type SignIn,
  type TellRequest,
  type UpgradableDevices,
  upgradableDevices,
  upgraderRoutes,
} from '@thingwright/upgrader';
import type { ReachableAddresses } from '../adoption/reachable-addresses.js';
import { bareID } from './bare-id.js';
import { type OpenCampaignThings, openCampaignThings } from './campaign-things.js';
import { createOpenWrtDevices, type OpenWrtDevices } from './openwrt-devices.js';
import { createUpgradableFleet, OPENWRT } from './upgradable-fleet.js';
import { upgradeTablesIn } from './upgrade-tables.js';
import { upgraderRights } from './upgrader-rights.js';
import type { UpgraderSetting } from './upgrader-setting.js';

/** What an upgrader needs of its gateway. */
export interface UpgraderOptions extends UpgraderSetting {
  readonly store: Pick<
    Store,
    'gatewayID' | 'devices' | 'upgrades' | 'campaigns' | 'firmware' | 'firmwareContents' | 'memory'
  >;
  readonly identities: DeviceIdentities;
  readonly remember: (id: string, name: string, value: unknown) => Promise<void>;
  /** The device of that name. */
  readonly deviceOf: (name: string) => { readonly id: string; readonly title: string } | undefined;
  /** Where devices may be that are called by their addresses. */
  readonly addresses: Pick<ReachableAddresses, 'addressOf'>;
  /** The organization of each Thing by its id; those of campaigns are kept up here. */
  readonly organizations: Map<string, string>;
  readonly signIn: SignIn;
  /** Is told of what the REST API is asked to change. */
  readonly tell: TellRequest;
  readonly log: Log;
}

/** The upgrader of a gateway. Disposing stops its work, which goes on with the next one. */
export interface Upgrader extends AsyncDisposable {
  /** Where devices dial in. */
  readonly devices: UpgradableDevices;
  /** Those that are called by their addresses. */
  readonly openWrt: OpenWrtDevices;
  /** The Thing of a device, which belongs to the fleet from then on. */
  expose(device: DeviceRecord): Exposure;
  /** Takes what a device of the fleet is from now on. */
  take(device: DeviceRecord): void;
  /** Takes a device out of the fleet, by the id of its Thing. */
  remove(id: string): void;
  /** The sockets and the REST API for programs that know them. */
  readonly binding: Binding;
  /** Opens the Things of campaigns, and those with which they are made. */
  openThings(site: Site): Promise<void>;
  /** Begins to work. */
  run(): void;
}

/** Makes the upgrader of a gateway over its store; it does nothing until it runs. */
export function createUpgrader(options: UpgraderOptions): Upgrader {
  const { store, identities, remember, deviceOf, addresses, organizations, signIn, tell, log } = options;
  const { hardware = [], upgradeConcurrency, maxImageSize, imageKeys } = options;
  const record = createUpgradeRecord(upgradeTablesIn(store, log));
  const devices = upgradableDevices({
    identities,
    log,
    timer: systemTimer,
    deviceOf(name) {
      const id = bareID(deviceOf(name)?.id ?? '');
      return fleet.get(id)?.driver === devices.driver.name ? id : undefined;
    },
  });
  const credentials = (id: string): Promise<unknown> => store.devices.credentials(id);
  const openWrt = createOpenWrtDevices({ credentials, remember, addresses, log });
  const fleet = createUpgradableFleet({ devices, openWrt, remember, titleOf: (name) => deviceOf(name)?.title, log });
  const drivers = [devices.driver, openWrtDriver({ ...options.openWrt, access: openWrt.access, name: OPENWRT })];
  const { firmware: catalogue, firmwareContents: contents } = store;
  const parts = { record, catalogue, fleet, hardware, drivers, now: Date.now, newID: randomUUID };
  const changes = routeChanges(record, fleet);
  const upgrades = createUpgradeDesk(parts);
  const campaigns = createCampaignDesk(parts);
  const opened: (AsyncDisposable | Disposable)[] = [changes];
  let things: OpenCampaignThings | undefined;
  let closed: Promise<void> | undefined;

  const forgetFirmware = async (device: string): Promise<void> => {
    const { items } = await catalogue.firmware.find({ where: { device }, limit: 1 });
    for (const { id } of items) await catalogue.firmware.remove(id);
  };
  const close = async (): Promise<void> => {
    for (const one of opened.toReversed()) {
      if (Symbol.asyncDispose in one) await one[Symbol.asyncDispose]();
      else one[Symbol.dispose]();
    }
  };

  return {
    devices,
    openWrt,
    expose(device) {
      fleet.put(device);
      things?.manage(device.organization);
      return deviceUpgrader({ ...parts, upgrades, changes }, bareID(device.id));
    },
    take: (device) => fleet.put(device),
    remove(id) {
      fleet.remove(id);
      forgetFirmware(bareID(id)).catch((error: unknown) => {
        log.warn({ device: id, error }, 'what a device had that is gone stays in the catalogue');
      });
    },
    binding: {
      async open(site, listener) {
        const rights = upgraderRights;
        opened.push(openUpgraderDoors(listener, { record, fleet, rights, log, timer: systemTimer }));
        const limits = {
          ...(maxImageSize === undefined ? {} : { maxImageSize }),
          ...(imageKeys === undefined ? {} : { imageKeys }),
        };
        const routes = upgraderRoutes({ ...parts, contents, rights, signIn, tell, ...limits });
        await routes.open(site, listener);
      },
    },
    async openThings(site) {
      const { gatewayID, memory } = store;
      const forget = (id: string): void => memory.forgetThing(id);
      const rights = upgraderRights;
      things = await openCampaignThings({
        site,
        record,
        campaigns,
        changes,
        rights,
        fleet,
        organizations,
        gatewayID,
        forget,
        log,
      });
      opened.push(things);
      for (const organization of fleet.organizations()) things.manage(organization);
    },
    run() {
      const limit = upgradeConcurrency === undefined ? {} : { concurrency: upgradeConcurrency };
      opened.push(recogniseDevices({ fleet, catalogue, hardware, log, recognised: fleet.touch }));
      // A store is open in one gateway at a time: whoever had it before is dead.
      const { gatewayID: holder } = store;
      opened.push(runUpgradeEngine({ record, catalogue, contents, fleet, drivers, log, holder, ...limit }));
    },
    [Symbol.asyncDispose]() {
      closed ??= close();
      return closed;
    },
  };
}
