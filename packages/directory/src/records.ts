import type { Members } from '@thingwright/core';

/** A Thing Description as it was registered. Times are RFC 3339, UTC, milliseconds. */
export interface Registration {
  /** The id of the Thing; of an anonymous TD the one that it was given. */
  readonly id: string;
  /** As it came, without registration information; without an id if it is anonymous. Plain JSON. */
  readonly td: Members;
  readonly organization: string;
  readonly created: string;
  readonly modified: string;
  /** When it ends; absent: never. */
  readonly expires?: string;
  /** Seconds from each change to its end, where that was asked for. */
  readonly ttl?: number;
}

/** The names of events (Discovery, section 7.3.2.2). */
export const EVENT_TYPES = ['thing_created', 'thing_updated', 'thing_deleted'] as const;

/** What happened to a TD. */
export type EventType = (typeof EVENT_TYPES)[number];

/** A change of the directory, as it is told. */
export interface DirectoryEvent {
  readonly type: EventType;
  /** The id of the Thing. */
  readonly id: string;
  /** Whom the Thing belongs to; absent: to no organization. */
  readonly organization?: string;
  /** What those get who ask for it: the new TD, or what changed of it as a merge patch (RFC 7396). */
  readonly diff?: Members;
}

/** An event with its place among all of them: a whole number that grows. */
export interface KeptEvent extends DirectoryEvent {
  readonly place: number;
}

/** One step of a directory: all of it is kept, or nothing. */
export interface Change {
  readonly put?: Registration;
  /** The id of a registration that goes. */
  readonly remove?: string;
  readonly event: DirectoryEvent;
  /** Events up to that place are wanted no more. */
  readonly forget?: number;
}

/** What a directory must remember. Everything may reject with a ThingError `unavailable`. */
export interface DirectoryRecords {
  /** All that is kept; events in their order. */
  load(): Promise<{ readonly registrations: readonly Registration[]; readonly events: readonly KeptEvent[] }>;
  /**
   * Keeps a change; gives the place of its event.
   * @throws ThingError `conflict` for a registration whose id is, or once was, that of an own Thing.
   */
  keep(change: Change): Promise<number>;
}

/** Records that end with the process. */
export function createRecordsInMemory(): DirectoryRecords {
  // Whoever comes back with the place of an earlier run has missed something.
  let place = Date.now() * 1000;
  return {
    load: async () => ({ registrations: [], events: [] }),
    keep: async () => ++place,
  };
}
