import { readFile } from 'node:fs/promises';
import type { CampaignOrder } from '@thingwright/upgrader';
import type { CampaignManager, CampaignOptions } from './campaign-target.js';
import { type PlaceKind, placeNamed } from './place-named.js';
import { usageError } from './usage-error.js';

/** What a campaign is asked for with. */
export interface OrderOptions extends CampaignOptions {
  readonly name?: string;
  readonly group?: string;
  readonly location?: string;
  readonly device?: readonly string[];
  readonly exclude?: readonly string[];
  readonly firmwareless?: boolean;
  /** Percent of what is left, stage by stage. */
  readonly stages?: readonly number[];
  /** Percent of a stage that may fail. */
  readonly maxErrors?: number;
  readonly concurrency?: number;
  readonly approval?: boolean;
  /** The path of a JSON file with all else that can be asked for. */
  readonly request?: string;
}

/**
 * Puts the order together: options go before what stands in the file. Names of groups and locations are looked up with the manager.
 * @throws CommanderError for a file that will not do, and for a place that there is not.
 */
export async function orderOf(
  build: string,
  options: OrderOptions,
  manager: Pick<CampaignManager, 'properties'>,
): Promise<CampaignOrder> {
  const { name, device, exclude, firmwareless, concurrency, approval } = options;
  return {
    ...(await readRequest(options.request)),
    build,
    ...(name === undefined ? {} : { name }),
    ...(await placesOf(options, manager)),
    ...(device === undefined ? {} : { devices: [...device] }),
    ...(exclude === undefined ? {} : { exclude: [...exclude] }),
    ...(firmwareless ? { firmwareless } : {}),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(approval ? { needsApproval: true } : {}),
    ...stagesOf(options),
  };
}

async function placesOf(
  options: OrderOptions,
  { properties }: Pick<CampaignManager, 'properties'>,
): Promise<Pick<CampaignOrder, PlaceKind>> {
  const { group, location } = options;
  if (group === undefined && location === undefined) return {};
  const { groups, locations } = await properties.places.read();
  return {
    ...(group === undefined ? {} : { group: placeNamed(group, 'group', groups) }),
    ...(location === undefined ? {} : { location: placeNamed(location, 'location', locations) }),
  };
}

/** Stages, and what is left as the last one. */
function stagesOf({ stages, maxErrors }: OrderOptions): Pick<CampaignOrder, 'groups'> {
  if (stages === undefined && maxErrors === undefined) return {};
  const limits = maxErrors === undefined ? {} : { error: { percent: maxErrors } };
  const parts = (stages ?? []).map((percent, i) => ({ name: `stage ${i + 1}`, percent, ...limits }));
  return { groups: [...parts, { name: parts.length > 0 ? 'the rest' : 'all', ...limits }] };
}

async function readRequest(path: string | undefined): Promise<object> {
  if (path === undefined) return {};
  try {
    const request: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof request === 'object' && request !== null && !Array.isArray(request)) return request;
  } catch (error) {
    throw usageError(`--request: ${path}: ${error instanceof Error ? error.message : ''}`);
  }
  throw usageError(`--request: ${path}: a JSON object is needed`);
}
