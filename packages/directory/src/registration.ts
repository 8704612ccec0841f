import { type Fault, isMembers, type Members } from '@thingwright/core';

/** What a client says of its registration: when it is to end. */
export interface RegistrationWish {
  /** Milliseconds since 1970. */
  readonly expires?: number;
  /** Seconds. */
  readonly ttl?: number;
}

/** Ten years: further away nobody knows what it is about, and dates come to an end. */
const MOST_TTL = 315_360_000;

/** RFC 3339, with an offset, which it asks for. */
const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/**
 * Reads the member `registration` of a TD. What the server says itself (`created`, `modified`, `retrieved`) is the server's, whatever a
 * client writes there.
 */
export function readRegistration(
  td: Members,
  now: number,
): { readonly wish: RegistrationWish; readonly faults: readonly Fault[] } {
  const { registration } = td;
  if (registration === undefined) return { wish: {}, faults: [] };
  if (!isMembers(registration)) return { wish: {}, faults: [{ path: '/registration', message: 'must be object' }] };
  const { ttl, expires } = registration;
  const faults: Fault[] = [];
  if (ttl !== undefined && !isTTL(ttl)) {
    faults.push({
      path: '/registration/ttl',
      message: `must be a number of seconds, more than 0 and at most ${MOST_TTL}`,
    });
  }
  const end = typeof expires === 'string' && DATE_TIME.test(expires) ? Date.parse(expires) : Number.NaN;
  if (expires !== undefined && Number.isNaN(end)) {
    faults.push({ path: '/registration/expires', message: 'must be a date-time of RFC 3339' });
  } else if (expires !== undefined && ttl === undefined && end <= now) {
    faults.push({ path: '/registration/expires', message: 'must not be over' });
  }
  if (faults.length > 0) return { wish: {}, faults };
  if (isTTL(ttl)) return { wish: { ttl }, faults };
  return { wish: expires === undefined ? {} : { expires: end }, faults };
}

/** When a registration ends that was changed now. */
export function endOf(
  { ttl, expires }: RegistrationWish,
  now: number,
): { readonly expires?: string; readonly ttl?: number } {
  if (ttl !== undefined) return { ttl, expires: new Date(now + ttl * 1000).toISOString() };
  return expires === undefined ? {} : { expires: new Date(expires).toISOString() };
}

const isTTL = (value: unknown): value is number => typeof value === 'number' && value > 0 && value <= MOST_TTL;
