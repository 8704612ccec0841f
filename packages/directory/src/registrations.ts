import { createHash } from 'node:crypto';
import { type Log, type Members, type Now, ThingError } from '@thingwright/core';
import { type Observable, Subject } from 'rxjs';
import { compareCodePoints } from './code-points.js';
import { enrich, untilRetrieval, withRetrieval } from './enriched.js';
import { EventJournal, type JournalLimits, type Missed } from './event-journal.js';
import type { Change, DirectoryEvent, DirectoryRecords, KeptEvent, Registration } from './records.js';
import { Room, type RoomLimits, type Taken } from './room.js';

/** How much a directory holds. */
export interface RegistrationLimits extends RoomLimits {
  readonly journal: JournalLimits;
}

/** A registration as it is at hand. */
export interface Entry {
  readonly registration: Omit<Registration, 'td'>;
  /** The TD as it came, as JSON: as values it would take several times the memory. */
  readonly source: Buffer;
  /** The enriched TD as JSON but for the moment of its retrieval. */
  readonly json: Buffer;
  /** A strong entity tag, with its quotes: another one for each state that is kept. */
  readonly etag: string;
  /** When it is over, in milliseconds since 1970; Infinity: never. */
  readonly end: number;
}

/** The registrations of a directory, all at hand and all kept. Changes are carried out one after the other. */
export interface Registrations {
  /** The one with that id, unless it is over. */
  get(id: string): Entry | undefined;
  /** Those that are not over, by id in the order of code points. */
  list(): readonly Entry[];
  /** What was kept, from now on. */
  readonly events: Observable<KeptEvent>;
  /** What came after the event that a reader names. */
  since(place: string): Missed;
  /**
   * Carries out what is decided once all that was asked before is done; `decide` gives what is to be kept. What is over makes room for
   * it, as far as it has to. Gives the registration as it is then, if one was put.
   * @throws ThingError `tooLarge` if the directory is full, or the part of it that the organization may have, `conflict` for the id of an own Thing, `unavailable`, what `decide` throws.
   */
  change(decide: () => Step): Promise<Entry | undefined>;
  /** Tells of an own Thing. */
  tell(event: DirectoryEvent): Promise<void>;
  /** Removes what is over, a little at a time: changes and readers have their turn in between. Ends early with the signal. */
  sweep(ending: AbortSignal): Promise<void>;
}

/** What is decided: a new state of a registration, or its end. */
export type Step = Pick<Change, 'put' | 'remove' | 'event'>;

/** What registrations are made of. */
export interface RegistrationParts {
  readonly records: DirectoryRecords;
  readonly limits: RegistrationLimits;
  readonly log: Log;
  readonly now: Now;
}

/** Registrations that are ended in one turn: each is a write to the disk. */
const SWEPT_AT_ONCE = 10;

/** Loads the registrations of a directory. @throws ThingError `unavailable`. */
export async function openRegistrations({ records, limits, log, now }: RegistrationParts): Promise<Registrations> {
  let entries = new Map<string, Entry>();
  let sorted: readonly Entry[] | undefined;
  let room = new Room(limits);
  let journal = new EventJournal(limits.journal);
  const events = new Subject<KeptEvent>();
  /** Whether something was asked to be kept of which nobody knows whether it was. */
  let isInDoubt = false;

  const load = async (): Promise<void> => {
    const kept = await records.load();
    entries = new Map(kept.registrations.map((registration) => [registration.id, toEntry(registration)]));
    sorted = undefined;
    room = new Room(limits);
    for (const entry of entries.values()) room.exchange(undefined, takenBy(entry));
    journal = new EventJournal(limits.journal);
    for (const event of kept.events) journal.append(event);
    isInDoubt = false;
  };
  await load();

  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const settled = async (): Promise<T> => {
      if (isInDoubt) await load();
      return work();
    };
    const mine = last.then(settled, settled);
    last = mine;
    return mine;
  };

  const isOver = ({ end }: Entry): boolean => end <= now();

  const keep = async ({ put, remove, event }: Step, entry?: Entry): Promise<void> => {
    const forget = journal.prune();
    let place: number;
    try {
      place = await records.keep({
        ...(put ? { put } : {}),
        ...(remove === undefined ? {} : { remove }),
        event,
        ...(forget === undefined ? {} : { forget }),
      });
    } catch (error) {
      isInDoubt = !(error instanceof ThingError && error.code === 'conflict');
      throw error;
    }
    const gone = remove ?? put?.id;
    const before = gone === undefined ? undefined : entries.get(gone);
    room.exchange(before && takenBy(before), entry && takenBy(entry));
    if (remove !== undefined) entries.delete(remove);
    if (entry) entries.set(entry.registration.id, entry);
    sorted = undefined;
    const kept = { ...event, place };
    journal.append(kept);
    events.next(kept);
  };

  const over = (): Entry[] => [...entries.values()].filter(isOver);

  const end = async ({ registration: { id, organization } }: Entry): Promise<void> => {
    await keep({ remove: id, event: { type: 'thing_deleted', id, organization } });
    log.info({ id }, 'a registration is over');
  };

  const makeRoom = async (entry: Entry): Promise<void> => {
    const { id, organization } = entry.registration;
    const same = entries.get(id);
    if (same && isOver(same)) await end(same);
    const before = entries.get(id);
    const lack = () => room.lackFor(takenBy(entry), before && takenBy(before));
    for (let whose = lack(); whose; whose = lack()) {
      const old = over().find(
        ({ registration }) => whose === 'directory' || registration.organization === organization,
      );
      if (!old) throw new ThingError('tooLarge', room.detailOf(whose, takenBy(entry)));
      await end(old);
    }
  };

  return {
    get(id) {
      const entry = entries.get(id);
      return entry && !isOver(entry) ? entry : undefined;
    },
    list() {
      sorted ??= [...entries.values()].sort((a, b) => compareCodePoints(a.registration.id, b.registration.id));
      return sorted.filter((entry) => !isOver(entry));
    },
    events: events.asObservable(),
    since: (place) => journal.since(place),
    change: (decide) =>
      inTurn(async () => {
        const step = decide();
        const entry = step.put && toEntry(step.put);
        if (entry) await makeRoom(entry);
        await keep(step, entry);
        return entry;
      }),
    tell: (event) => inTurn(() => keep({ event })),
    async sweep(ending) {
      for (let left = true; left && !ending.aborted; ) {
        left = await inTurn(async () => {
          const old = over();
          for (const entry of old.slice(0, SWEPT_AT_ONCE)) await end(entry);
          return old.length > SWEPT_AT_ONCE;
        });
        // Where nothing waits for a disk, nobody else would have a turn.
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

/** The TD of an entry, as it came. */
export const tdOf = ({ source }: Entry): Members => JSON.parse(source.toString());

/** The enriched TD of an entry. */
export const enrichedOf = (entry: Entry): Members => enrich(tdOf(entry), entry.registration.id, entry.registration);

const takenBy = ({ registration: { organization }, json }: Entry): Taken => ({ organization, bytes: json.length });

function toEntry({ td, ...registration }: Registration): Entry {
  const { id, expires } = registration;
  const enriched = withRetrieval(enrich(td, id, registration));
  const json = untilRetrieval(Buffer.from(JSON.stringify(enriched)));
  return {
    registration,
    source: Buffer.from(JSON.stringify(td)),
    json,
    etag: `"${createHash('sha256').update(json).digest('base64url').slice(0, 27)}"`,
    end: expires === undefined ? Number.POSITIVE_INFINITY : Date.parse(expires),
  };
}
