import { type Exposure, expose, formatMilliseconds, ThingError } from '@thingwright/core';
import { concatMap, filter, map, merge, type Observable, share } from 'rxjs';
import { coalesced } from '../coalesced.js';
import { type DeskParts, findImage } from '../desk/desk-parts.js';
import type { UpgradeDesk } from '../desk/upgrade-desk.js';
import { DeviceUpgrader } from '../device-upgrader.model.js';
import type { DeviceConnection } from '../fleet.js';
import { phasesOf, statusOf } from '../phase.js';
import { isEnded, type Upgrade } from '../upgrade.js';
import { UpgradeOptions } from '../upgrade-options.js';
import type { ChangeRouter } from './change-router.js';
import { listOperations, readLog, readOperation } from './operation-value.js';
import { UpgradeRuns } from './upgrade-runs.js';

/** What the Things of upgraders share. */
export interface UpgraderThings extends DeskParts {
  readonly upgrades: UpgradeDesk;
  readonly changes: ChangeRouter;
  /** Milliseconds between two values of a property, at least. Default 250. */
  readonly pace?: number;
}

const PACE = 250;

/** Every option that there is, in the order of the flags. */
const OPTIONS = Object.entries(UpgradeOptions.properties).map(([key, schema]) => ({
  key,
  title: 'description' in schema && typeof schema.description === 'string' ? schema.description : key,
  default: 'default' in schema && schema.default === true,
}));

/**
 * The Thing that upgrades a device, called as the device is, by the id that its fleet knows it by: a view of the record, like the
 * sockets and the REST API.
 */
export const deviceUpgrader = (parts: UpgraderThings, device: string): Exposure => {
  const { title = DeviceUpgrader.title } = parts.fleet.get(device) ?? {};
  return expose({ ...DeviceUpgrader, title }, () => {
    const { record, fleet, upgrades, drivers, changes, pace: interval = PACE } = parts;
    const table = record.tables.upgrades;
    const own = changes.ofDevice(device);
    const runs = new UpgradeRuns(record, own);
    const isOwn = (upgrade: Upgrade): boolean => upgrade.device === device;

    const paced = coalesced(own, { key: () => device, interval });
    const touched: Observable<unknown> = merge(paced, changes.ofFleet(device)).pipe(share());
    const live = <T>(read: () => Promise<T>) => ({ read, value: touched.pipe(concatMap(read)) });

    const active = async (): Promise<Upgrade | undefined> => {
      const holder = await table.holding(device);
      return holder && !isEnded(holder) ? holder : undefined;
    };
    const newest = async (): Promise<Upgrade | undefined> => (await table.find({ device, limit: 1 })).items[0];

    const cancel = async (operation: string | undefined, by: string) => {
      const upgrade = operation === undefined ? await active() : await table.get(operation);
      if (!upgrade && operation === undefined) throw new ThingError('conflict', 'No operation goes on');
      if (!upgrade || !isOwn(upgrade)) throw new ThingError('notFound', `There is no operation ${operation}`);
      return readOperation(table, await record.advance(upgrade.id, { type: 'cancel', by }));
    };

    return {
      properties: {
        currentFirmware: live(() => currentFirmware(parts, device)),
        targetFirmware: live(() => targetFirmware(parts, device)),
        connection: live(async () => connectionOf(fleet.get(device)?.connection)),
        operation: live(async () => {
          const upgrade = (await active()) ?? (await newest());
          return upgrade ? readOperation(table, upgrade) : null;
        }),
        eligibleImages: {
          read: async () =>
            (await upgrades.eligible(device)).map(({ image, build, category }) => ({
              image: image.id,
              build: build.id,
              category: category.name,
              version: build.version,
              type: image.type,
              size: image.size,
            })),
        },
        options: {
          read: () => {
            const known = drivers.find(({ name }) => name === fleet.get(device)?.driver)?.options ?? [];
            return OPTIONS.filter(({ key }) => known.includes(key));
          },
        },
      },
      actions: {
        upgrade: {
          resumable: true,
          cancel: ({ id }) => runs.cancel(id),
          async run({ notBefore, ...order }, run) {
            // The same invocation, gone on with after a restart, is the same upgrade.
            const { clientKey = run.id } = order;
            const moment = notBefore === undefined ? undefined : momentOf(notBefore);
            const upgrade = await upgrades.upgrade(
              device,
              { ...order, clientKey, notBefore: moment },
              run.principal.id,
            );
            return runs.follow(upgrade, run);
          },
        },
        cancel: ({ operation }, { principal }) => cancel(operation, principal.id),
        retry: {
          resumable: true,
          cancel: ({ id }) => runs.cancel(id),
          async run({ operation }, run) {
            const before = await table.get(operation);
            if (!before || !isOwn(before)) throw new ThingError('notFound', `There is no operation ${operation}`);
            return runs.follow(await upgrades.retry(operation, run.principal.id, run.id), run);
          },
        },
        listOperations: ({ status, offset, limit }) =>
          listOperations(table, { device, offset, limit, phases: status && phasesOf(status) }),
        readLog: (request) => readLog(table, request, isOwn),
      },
      events: {
        operationUpdate: own.pipe(concatMap(({ upgrade }) => readOperation(table, upgrade))),
        finished: own.pipe(
          filter(({ upgrade, before }) => isEnded(upgrade) && !(before && isEnded(before))),
          map(({ upgrade: { id, phase, verified } }) => ({
            operation: id,
            status: statusOf(phase),
            verifiedVersion: verified?.version ?? null,
          })),
        ),
      },
    };
  });
};

/** A format admits times that no clock shows, such as leap seconds. */
function momentOf(text: string): number {
  const moment = Date.parse(text);
  if (Number.isNaN(moment)) throw new ThingError('invalid', `There is no moment ${text}`);
  return moment;
}

const connectionOf = (connection: DeviceConnection | null | undefined) =>
  connection
    ? {
        ...connection,
        since: formatMilliseconds(connection.since),
        lastAttempt: formatMilliseconds(connection.lastAttempt),
      }
    : null;

async function targetFirmware({ upgrades, catalogue }: UpgraderThings, device: string) {
  const firmware = await upgrades.firmware(device);
  const filed = firmware && (await findImage(catalogue, firmware.image));
  if (!filed) return null;
  const { image, build } = filed;
  return { image: image.id, build: build.id, version: build.version, installed: firmware.installed };
}

/** What was verified last counts, then what was installed, then what the device says of itself. */
async function currentFirmware({ upgrades, catalogue, record, fleet }: UpgraderThings, device: string) {
  const known = fleet.get(device);
  const firmware = await upgrades.firmware(device);
  const filed = firmware?.installed ? await findImage(catalogue, firmware.image) : undefined;
  const phases = phasesOf('success');
  const [latest] = (await record.tables.upgrades.find({ device, phases, limit: 1 })).items;
  const verified = latest && (!filed || latest.image === filed.image.id) ? latest.verified : null;
  const version = verified?.version ?? filed?.build.version ?? known?.version ?? null;
  if (version === null && !filed) return null;
  return {
    image: filed?.image.id ?? null,
    build: filed?.build.id ?? null,
    category: filed?.category.id ?? null,
    version,
    os: known?.os ?? null,
    verified: verified !== null,
    bootID: verified?.bootID ?? null,
    verifiedAt: verified ? formatMilliseconds(verified.at) : null,
  };
}
