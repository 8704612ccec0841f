import { usageError } from './usage-error.js';

/** A group or a location that devices are in. */
interface Place {
  readonly id: string;
  readonly name: string;
  readonly organization: string;
}

/** The two ways in which devices are put together. */
export type PlaceKind = 'group' | 'location';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The id of a place that is called by it, or by its name. @throws CommanderError for a name that none has, or several. */
export function placeNamed(asked: string, kind: PlaceKind, places: readonly Place[]): string {
  if (UUID.test(asked)) return asked.toLowerCase();
  const [found, ...others] = places.filter(({ name }) => name === asked);
  if (!found) throw usageError(`--${kind}: no device is in a ${kind} '${asked}'`);
  if (others.length === 0) return found.id;
  const ids = [found, ...others].map(({ id, organization }) => `${id} (${organization})`);
  throw usageError(`--${kind}: '${asked}' is that of several organizations: ${ids.join(', ')}`);
}
