import { randomUUID } from 'node:crypto';
import { type Principal, type Thing, ThingError } from '@thingwright/core';
import {
  type ChangeRouter,
  campaign,
  campaigns,
  createCampaignDesk,
  createUpgradeDesk,
  deviceUpgrader,
  routeChanges,
} from '../src/index.js';
import { HARDWARE, type ServedApi, serveApi } from './served-api.js';
import { rightsByRole } from './served-upgrader.js';

export const ROOT: Principal = { id: 'user:root', kind: 'user', grants: [{ role: 'superuser' }] };

/** All views of one record: sockets, REST, and Things without a pace. */
export interface ServedViews extends ServedApi {
  /** The Thing of a device. */
  device(id: string): Thing;
  /** The Thing of a campaign. */
  campaign(id: string): Thing;
  /** Where campaigns are made. */
  readonly campaigns: Thing;
}

/** Serves them. */
export async function serveViews(options: Parameters<typeof serveApi>[0] = {}): Promise<ServedViews> {
  const api = await serveApi(options);
  const { record, fleet, catalogue, site } = api;
  const changes: ChangeRouter = routeChanges(record, fleet);
  const desk = {
    record,
    fleet,
    catalogue,
    hardware: HARDWARE,
    drivers: [{ name: 'simulated', options: ['c', 'n', 'o'] }],
    now: Date.now,
    newID: randomUUID,
  };
  const [orders, upgrades] = [createCampaignDesk(desk), createUpgradeDesk(desk)];
  const shared = { ...desk, campaigns: orders, upgrades, changes, rights: rightsByRole, pace: 0 };
  const once = (name: string, make: () => Parameters<typeof site.add>[1]): Thing =>
    site.things.get(name) ?? site.add(name, make());
  return {
    ...api,
    device: (id) => once(`device-${id}`, () => deviceUpgrader(shared, id)),
    campaign: (id) => once(`campaign-${id}`, () => campaign(shared, id)),
    campaigns: once('campaigns', () => campaigns(shared)),
  };
}

/** Reads a property. */
export const read = async (thing: Thing, name: string, principal = ROOT): Promise<unknown> =>
  (await thing.request({ op: 'readproperty', name }, { principal })).value;

/** Invokes a synchronous action, and gives its output. */
export const invoke = async (
  thing: Thing,
  name: string,
  input: unknown = undefined,
  principal = ROOT,
): Promise<unknown> =>
  (await thing.request({ op: 'invokeaction', name, ...(input === undefined ? {} : { input }) }, { principal })).output;

/** The code of what an attempt is refused with, at once or later. */
export async function refusal(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return 'none';
  } catch (error) {
    return error instanceof ThingError ? error.code : String(error);
  }
}
