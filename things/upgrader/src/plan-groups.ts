import type { CampaignGroup } from './campaign.js';
import type { FleetDevice } from './fleet.js';
import type { Threshold } from './threshold.js';

/** A group that somebody wants: of the devices that no group before it took, those that fit, or a part of them. */
export interface GroupRequest {
  readonly name: string;
  /** Percent of those that fit, rounded up; a number of devices; or all of them. */
  readonly take: { readonly percent: number } | { readonly count: number } | 'all';
  /** Which fit: those with one of each list. */
  readonly groups?: readonly string[] | undefined;
  readonly locations?: readonly string[] | undefined;
  readonly models?: readonly string[] | undefined;
  readonly devices?: readonly string[] | undefined;
  readonly success: Threshold;
  readonly error: Threshold;
  readonly concurrency: number | null;
}

/** So many groups of the same size, or one less; with the limits of `like`. */
export const evenGroups = (
  count: number,
  like: Pick<GroupRequest, 'success' | 'error' | 'concurrency'>,
): readonly GroupRequest[] =>
  Array.from({ length: count }, (_, i) => ({
    ...like,
    name: `${i + 1} of ${count}`,
    take: i === count - 1 ? 'all' : { percent: 100 / (count - i) },
  }));

/** What has no limits of its own. */
const EVERYTHING: GroupRequest = { name: 'all', take: 'all', success: {}, error: {}, concurrency: null };

/**
 * Splits devices in their order; gives the groups that have devices, and for each device the number of its group. What no group took is
 * a last one, with the limits of the one before.
 */
export function splitIntoGroups(
  requests: readonly GroupRequest[],
  devices: readonly FleetDevice[],
): { readonly groups: readonly CampaignGroup[]; readonly numbers: readonly number[] } {
  const groups: CampaignGroup[] = [];
  const numbers = new Array<number>(devices.length).fill(-1);
  const take = (request: GroupRequest) => {
    const fits = fitting(request);
    const fitted: number[] = [];
    devices.forEach((device, i) => {
      if (numbers[i] === -1 && fits(device)) fitted.push(i);
    });
    const taken = fitted.slice(0, sizeOf(request, fitted.length));
    if (taken.length === 0) return;
    for (const i of taken) numbers[i] = groups.length;
    const { name, success, error, concurrency } = request;
    groups.push({ name, state: 'waiting', size: taken.length, success, error, concurrency, isOverruled: false });
  };
  for (const request of requests) take(request);
  const last = requests.at(-1);
  take(last ? { ...EVERYTHING, ...limitsOf(last), name: 'the rest' } : EVERYTHING);
  return { groups, numbers };
}

const limitsOf = ({ success, error, concurrency }: GroupRequest) => ({ success, error, concurrency });

function sizeOf({ take }: GroupRequest, fitting: number): number {
  if (take === 'all') return fitting;
  return 'count' in take ? take.count : Math.ceil((take.percent * fitting) / 100 - 1e-9);
}

function fitting({ groups, locations, models, devices }: GroupRequest): (device: FleetDevice) => boolean {
  const among = (list: readonly string[] | undefined) => {
    const set = list && new Set(list);
    return (value: string | null) => set === undefined || (value !== null && set.has(value));
  };
  const [inGroup, inLocation, isModel, isDevice] = [among(groups), among(locations), among(models), among(devices)];
  return ({ id, group, location, model }) => inGroup(group) && inLocation(location) && isModel(model) && isDevice(id);
}
