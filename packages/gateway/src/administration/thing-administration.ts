import { type Principal, type Site, ThingError } from '@thingwright/core';
import type { AdoptedThing, Adoptions, AdoptRequest } from '../adoption/adoptions.js';
import type { Discovery } from '../discovery/discovery.js';
import type { ConfigureRequest, Fleet, PresentDevice, ProvisionedDevice, ProvisionRequest } from '../fleet.js';
import { DEFAULT_ORGANIZATION, hasRole } from '../policy.js';
import { bareID } from '../upgrader/bare-id.js';
import type { OpenWrtDevices } from '../upgrader/openwrt-devices.js';
import { OPENWRT } from '../upgrader/upgradable-fleet.js';
import { demandAdminOf } from './authority.js';

/**
 * Devices and adopted Things, for those who administer the organization that they belong to. To all others one that they may not
 * see is `notFound`, one that they may see `forbidden`.
 */
export interface ThingAdministration {
  /** See {@link Fleet.provision}. */
  provision(caller: Principal, request: ProvisionRequest): Promise<ProvisionedDevice>;
  /** See {@link Fleet.rotate}. */
  rotate(caller: Principal, name: string, overlap: number): Promise<{ token: string }>;
  /** See {@link Fleet.configure}; may have an OpenWrt device show another host key than it did. */
  configure(caller: Principal, request: ConfigureRequest & { readonly forgetHostKey?: boolean }): Promise<void>;
  /** See {@link Fleet.remove}, and {@link Discovery.decline}. */
  remove(caller: Principal, name: string): Promise<void>;
  /** Has an OpenWrt device show another host key than it did. @throws ThingError `notFound` if it is none. */
  forgetHostKey(caller: Principal, name: string): Promise<void>;
  /** See {@link Adoptions.adopt}, and {@link Discovery.adopt} for what was discovered. */
  adopt(caller: Principal, request: AdoptRequest & { readonly discovered?: string }): Promise<AdoptedThing>;
  /** See {@link Adoptions.release}, and {@link Discovery.decline}. */
  release(caller: Principal, name: string): Promise<void>;
  /** Gives a device or an adopted Thing to another organization; the caller has to administer both. */
  move(caller: Principal, name: string, organization: string): Promise<void>;
  /** Gives a device or an adopted Thing another title. */
  setTitle(caller: Principal, name: string, title: string): Promise<void>;
  /** The devices that the caller may see, of one organization or of all. */
  devices(caller: Principal, organization: string | undefined): PresentDevice[];
}

/** What there is to administer. */
export interface ThingAdministrationParts {
  readonly site: Pick<Site, 'things' | 'isVisible'>;
  readonly fleet: Fleet;
  readonly adoptions: Adoptions;
  readonly discovery: Pick<Discovery, 'adopt' | 'decline'>;
  readonly openWrt: Pick<OpenWrtDevices, 'forgetHostKey'>;
}

/** Puts the question who asks before the changes of a fleet and of adoptions. */
export function createThingAdministration(parts: ThingAdministrationParts): ThingAdministration {
  const { site, fleet, adoptions, discovery, openWrt } = parts;
  const isVisible = (caller: Principal, name: string): boolean => {
    const thing = site.things.get(name);
    return thing !== undefined && site.isVisible(thing, caller);
  };

  /** One that stays closed, since its kind is unknown, is left to those who may do everything. */
  const demand = (caller: Principal, name: string): void => {
    const organization = (fleet.get(name) ?? adoptions.get(name))?.organization;
    if (organization !== undefined && isVisible(caller, name)) demandAdminOf(caller, organization);
    else if (!hasRole(caller, 'superuser', undefined)) {
      throw new ThingError('notFound', `There is neither a device nor an adopted Thing named '${name}'`);
    }
  };

  const openWrtNamed = (name: string): string => {
    const device = fleet.get(name);
    if (device?.kind === OPENWRT) return bareID(device.id);
    throw new ThingError('notFound', `There is no OpenWrt device named '${name}'`);
  };

  return {
    async provision(caller, request) {
      demandAdminOf(caller, request.organization ?? DEFAULT_ORGANIZATION);
      return fleet.provision(request);
    },
    async rotate(caller, name, overlap) {
      demand(caller, name);
      return fleet.rotate(name, overlap);
    },
    async configure(caller, { forgetHostKey = false, ...request }) {
      demand(caller, request.name);
      const shown = forgetHostKey ? openWrtNamed(request.name) : undefined;
      await fleet.configure(request);
      if (shown !== undefined) await openWrt.forgetHostKey(shown);
    },
    async remove(caller, name) {
      demand(caller, name);
      await discovery.decline(name);
      return fleet.remove(name);
    },
    async forgetHostKey(caller, name) {
      demand(caller, name);
      await openWrt.forgetHostKey(openWrtNamed(name));
    },
    async adopt(caller, { discovered, ...request }) {
      demandAdminOf(caller, request.organization ?? DEFAULT_ORGANIZATION);
      if (discovered === undefined) return adoptions.adopt(request);
      if (!request.td && !request.url) return discovery.adopt(discovered, request);
      throw new ThingError('invalid', 'Only one of td, url and discovered is needed: they say the same');
    },
    async release(caller, name) {
      demand(caller, name);
      await discovery.decline(name);
      return adoptions.release(name);
    },
    async move(caller, name, organization) {
      demand(caller, name);
      demandAdminOf(caller, organization);
      return adoptions.get(name) ? adoptions.move(name, organization) : fleet.move(name, organization);
    },
    async setTitle(caller, name, title) {
      demand(caller, name);
      return adoptions.get(name) ? adoptions.setTitle(name, title) : fleet.setTitle(name, title);
    },
    devices: (caller, organization) =>
      fleet
        .list()
        .filter(
          (device) =>
            (organization === undefined || device.organization === organization) && isVisible(caller, device.name),
        ),
  };
}
