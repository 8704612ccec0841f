import type { KeptChange, Memory, Now } from '@thingwright/core';
import type { Backends } from './backends.js';
import type { ReadChange } from './change-text.js';
import type { Hole } from './group.js';
import type { Loaded } from './jobs/load.js';
import { createNames, type Names } from './names.js';
import { type KnownThing, type MemoryHost, StoreThingMemory } from './thing-memory.js';
import type { Writer } from './writer.js';

/** How far back a reader can resume: `count` changes of a Thing (default 10,000), none older than `age` milliseconds (24 h). */
export interface StoreJournalLimits {
  readonly count?: number;
  readonly age?: number;
}

/** Milliseconds. */
export const JOURNAL_AGE = 86_400_000;

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
    readonly journal: StoreJournalLimits | undefined;
    readonly now: Now;
  },
): OpenMemory {
  const { writer, backends, now } = parts;
  const { count = 10_000, age = JOURNAL_AGE } = parts.journal ?? {};
  const names = createNames(loaded.names, (key, kind, name) => writer.gathering.addName(key, kind, name));
  const holes = [...loaded.holes];
  const known = knownThings(loaded);
  const memories = new Map<string, StoreThingMemory>();
  let lastKey = loaded.things.reduce((most, { key }) => Math.max(most, key), 0);

  /** Microseconds since 1970: how far back readers are told anything. */
  const earliest = (): number => (now() - age) * 1000;
  const toKept = ({ name: key, micros, value, invoker }: ReadChange): readonly KeptChange[] => {
    const name = names.nameOf(key);
    return name ? [{ ...name, micros, value, ...(invoker === undefined ? {} : { invoker }) }] : [];
  };

  const host: MemoryHost = {
    writer,
    names,
    keyFor(id) {
      const key = ++lastKey;
      writer.gathering.addThing(key, id);
      return key;
    },
    async readChanges(wanted) {
      const { after, before } = wanted;
      if (after < earliest()) return undefined;
      if (holes.some((hole) => hole.start < before && hole.until > after)) return undefined;
      const changes = await backends.reader().run('readChanges', { ...wanted, most: count });
      return changes?.flatMap(toKept);
    },
    async readEvents(wanted) {
      const events = await backends.reader().run('readEvents', { ...wanted, from: earliest() });
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
      const { last = 0, latest = '{}' } = tailOf.get(key) ?? {};
      return [id, { key, last, latest, invocations: invocationsOf.get(key) ?? [] }];
    }),
  );
}
