import type { KeptChange, Memory, Now } from '@thingwright/core';
import type { Backends } from './backends.js';
import type { ReadChange } from './change-cursor.js';
import { type ChangeColumns, type Hole, NO_CHANGES } from './group.js';
import type { Loaded } from './jobs/load.js';
import type { RecentWanted } from './jobs/read-recent.js';
import { createNames, type Names } from './names.js';
import { type KnownThing, type MemoryHost, StoreThingMemory } from './thing-memory.js';
import type { Writer } from './writer.js';

/** How far back a reader can resume: `count` changes of a Thing (default 10,000), none older than `age` milliseconds (24 h). */
export interface StoreJournalLimits {
  readonly count?: number;
  readonly age?: number;
}

/** What holds where nothing else is said. */
export const JOURNAL_LIMITS: Required<StoreJournalLimits> = { count: 10_000, age: 86_400_000 };

/** The {@link Memory} of a store. */
export interface StoreMemory extends Memory {
  /** Forgets all of the Thing of that id, for good: changes, history, invocations. For one that is removed and closed. */
  forgetThing(id: string): void;
}

/** The inside of a {@link StoreMemory}. */
export interface OpenMemory {
  readonly memory: StoreMemory;
  readonly names: Names;
  /** Its key, if something of it was ever kept. */
  keyOf(id: string): number | undefined;
  /** Has to be told of changes that were dropped. */
  addHole(hole: Hole): void;
}

/** Makes the memory of a store from what was read beforehand. */
export function createStoreMemory(
  loaded: Loaded,
  parts: {
    readonly writer: Writer;
    readonly backends: Backends;
    readonly journal: Required<StoreJournalLimits>;
    readonly now: Now;
  },
): OpenMemory {
  const { writer, backends, now } = parts;
  const { count, age } = parts.journal;
  const names = createNames(loaded.names, (key, kind, name) => writer.gathering.addName(key, kind, name));
  const holes = [...loaded.holes];
  const known = knownThings(loaded);
  const memories = new Map<string, StoreThingMemory>();
  let { lastKey } = loaded;

  /** Microseconds since 1970: how far back readers are told anything. */
  const earliest = (): number => (now() - age) * 1000;
  const toKept = ({ name: key, micros, value, invoker }: ReadChange): readonly KeptChange[] => {
    const name = names.nameOf(key);
    return name ? [{ ...name, micros, value, ...(invoker === undefined ? {} : { invoker }) }] : [];
  };

  /** Those first, that nothing is settled between them and the rest. */
  const recent = async (log: boolean, wanted: RecentWanted): Promise<ChangeColumns> =>
    log ? backends.writer.run('readRecent', wanted) : NO_CHANGES;

  const host: MemoryHost = {
    writer,
    names,
    keyFor(id) {
      const key = ++lastKey;
      writer.gathering.addThing(key, id);
      return key;
    },
    async readChanges({ log, ...wanted }) {
      const { thing, after, before } = wanted;
      if (after < earliest()) return undefined;
      if (holes.some((hole) => hole.start < before && hole.until > after)) return undefined;
      const unsettled = await recent(log, { thing, from: after, to: before, most: count + 2, newest: false });
      const changes = await backends.reader().run('readChanges', { ...wanted, most: count, recent: unsettled });
      return changes?.flatMap(toKept);
    },
    async readEvents({ log, ...wanted }) {
      const span = { from: earliest(), to: Number.POSITIVE_INFINITY };
      const unsettled = await recent(log, { ...wanted, ...span, newest: true });
      const events = await backends.reader().run('readEvents', { ...wanted, from: span.from, recent: unsettled });
      return events.flatMap(toKept);
    },
  };

  const of = (id: string): StoreThingMemory => {
    const present = memories.get(id);
    if (present) return present;
    const memory = new StoreThingMemory(id, known.get(id), host);
    memories.set(id, memory);
    known.delete(id);
    return memory;
  };

  return {
    memory: {
      of,
      kept: () => writer.kept(),
      get failure() {
        return writer.failure;
      },
      forgetThing(id) {
        of(id).forgetAll();
        memories.delete(id);
      },
    },
    names,
    keyOf: (id) => memories.get(id)?.key ?? known.get(id)?.key,
    addHole: (hole) => holes.push(hole),
  };
}

function knownThings({ things, tails, invocations }: Loaded): Map<string, KnownThing> {
  const tailOf = new Map(tails.map((tail) => [tail.thing, tail]));
  const invocationsOf = new Map<number, string[]>();
  for (const { thing, kept } of invocations) {
    const list = invocationsOf.get(thing);
    if (list) list.push(kept);
    else invocationsOf.set(thing, [kept]);
  }
  return new Map(
    things.map(({ key, id }) => {
      const { last = 0, latest = '{}', unsettled = false } = tailOf.get(key) ?? {};
      return [id, { key, last, latest, unsettled, invocations: invocationsOf.get(key) ?? [] }];
    }),
  );
}
