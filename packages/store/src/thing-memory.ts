import type { Changes, KeptChange, KeptInvocation, KeptValue, ThingMemory } from '@thingwright/core';
import type { EventsWanted } from './jobs/read-events.js';
import type { Names } from './names.js';
import type { Writer } from './writer.js';

/** What the memories of all Things share. */
export interface MemoryHost {
  readonly writer: Writer;
  readonly names: Names;
  /** Gives the Thing of that id a key. */
  keyFor(id: string): number;
  /** Reads changes; see {@link ThingMemory.since}. */
  readChanges(wanted: {
    readonly thing: number;
    readonly after: number;
    readonly before: number;
    /** Whether some may still be in the log. */
    readonly log: boolean;
  }): Promise<readonly KeptChange[] | undefined>;
  /** Reads occurrences; see {@link ThingMemory.events}. */
  readEvents(wanted: Omit<EventsWanted, 'from' | 'recent'> & { readonly log: boolean }): Promise<readonly KeptChange[]>;
}

/** What was read of a Thing beforehand. */
export interface KnownThing {
  readonly key: number;
  readonly last: number;
  /** JSON: by the key of a property, its value and moment. */
  readonly latest: string;
  /** Whether some of its changes are in the log. */
  readonly unsettled: boolean;
  /** JSON of KeptInvocations. */
  readonly invocations: readonly string[];
}

interface Latest {
  readonly key: number;
  value: unknown;
  micros: number;
}

/** The memory of one Thing over a store. */
export class StoreThingMemory implements ThingMemory {
  // Those first that each report needs: they lie side by side.
  #forgotten = false;
  /** Of what tells of those that change together, that which was taken last. */
  #lastTogether: Changes | undefined;
  #last: number;
  /** Given with the first thing to remember. */
  #key: number | undefined;
  readonly #host: MemoryHost;
  readonly #id: string;
  readonly #known: KnownThing | undefined;
  readonly #properties = new Map<string, Latest>();
  readonly #events = new Map<string, Latest>();
  /** What tells of those that change together, and knows their values. */
  #together: readonly Changes[] = [];
  #invocations: Map<string, KeptInvocation> | undefined;
  /** Microseconds: all before it is out of the log, if it was so at the begin. */
  #first: number;
  /** By what was asked: those who come back together ask the same. */
  readonly #reading = new Map<string, Promise<readonly KeptChange[] | undefined>>();

  constructor(id: string, known: KnownThing | undefined, host: MemoryHost) {
    this.#id = id;
    this.#known = known;
    this.#host = host;
    this.#key = known?.key;
    this.#last = known?.last ?? 0;
    this.#first = known?.unsettled ? 0 : Number.POSITIVE_INFINITY;
  }

  get key(): number | undefined {
    return this.#key;
  }

  get last(): number {
    return this.#last;
  }

  get values(): ReadonlyMap<string, KeptValue> {
    const values = new Map<string, KeptValue>();
    const latest: Record<string, readonly [value: unknown, micros: number]> = JSON.parse(this.#known?.latest ?? '{}');
    for (const [key, [value, micros]] of Object.entries(latest)) {
      const name = this.#host.names.nameOf(Number(key));
      if (name) values.set(name.name, { value, micros });
    }
    for (const [name, { value, micros }] of this.#properties) values.set(name, { value, micros });
    for (const [name, latest] of this.#together.flatMap((changes) => [...changes.values()])) {
      if (latest.micros > (values.get(name)?.micros ?? 0)) values.set(name, latest);
    }
    return values;
  }

  get invocations(): readonly KeptInvocation[] {
    return [...this.#allInvocations.values()];
  }

  append({ kind, name, invoker }: Pick<KeptChange, 'kind' | 'name' | 'invoker'>, value: unknown, micros: number): void {
    if (this.#forgotten) return;
    const latest = (kind === 'property' ? this.#properties : this.#events).get(name) ?? this.#begin(kind, name, micros);
    latest.value = value;
    latest.micros = micros;
    this.#last = micros;
    const { writer } = this.#host;
    writer.gathering.changes.append(this.#ownKey(), latest.key, latest);
    if (invoker !== undefined) writer.gathering.changes.mark(invoker);
    writer.took();
  }

  appendAll(changes: Changes): void {
    if (this.#forgotten || changes.size === 0) return;
    if (this.#lastTogether !== changes) this.#beginTogether(changes);
    this.#last = changes.first + changes.size - 1;
    const { writer, names } = this.#host;
    writer.gathering.changes.appendAll(this.#ownKey(), names.keysOf(changes.names), changes);
    writer.took();
  }

  since(micros: number, until: number): Promise<readonly KeptChange[] | undefined> {
    const asked = `${micros} ${until} ${this.#last}`;
    const known = this.#reading.get(asked);
    if (known) return known;
    const reading = this.#read(micros, until).finally(() => this.#reading.delete(asked));
    this.#reading.set(asked, reading);
    return reading;
  }

  async #read(after: number, before: number): Promise<readonly KeptChange[] | undefined> {
    await this.#host.writer.kept();
    if (this.#key === undefined || after > this.#last) return undefined;
    return this.#host.readChanges({ thing: this.#key, after, before, log: before > this.#first });
  }

  async events(names: readonly string[], most: number): Promise<readonly KeptChange[]> {
    await this.#host.writer.kept();
    const keys = names.flatMap((name) => this.#host.names.find('event', name) ?? []);
    if (this.#key === undefined || keys.length === 0) return [];
    return this.#host.readEvents({ thing: this.#key, names: keys, most, log: Number.isFinite(this.#first) });
  }

  keep(invocation: KeptInvocation): void {
    if (this.#forgotten) return;
    this.#allInvocations.set(invocation.status.actionID, invocation);
    this.#host.writer.gathering.keepInvocation(this.#ownKey(), invocation);
    this.#host.writer.took();
  }

  forget(actionID: string): void {
    this.#allInvocations.delete(actionID);
    this.#host.writer.gathering.forgetInvocation(actionID);
    this.#host.writer.took();
  }

  /** Forgets all; what comes later is not taken. */
  forgetAll(): void {
    this.#forgotten = true;
    if (this.#key === undefined) return;
    this.#host.writer.gathering.forgetThing(this.#key);
    this.#host.writer.took();
  }

  get #allInvocations(): Map<string, KeptInvocation> {
    if (this.#invocations) return this.#invocations;
    const parsed = (this.#known?.invocations ?? []).map((kept): KeptInvocation => JSON.parse(kept));
    this.#invocations = new Map(parsed.map((kept) => [kept.status.actionID, kept]));
    return this.#invocations;
  }

  #begin(kind: KeptChange['kind'], name: string, micros: number): Latest {
    const latest = { key: this.#host.names.keyOf(kind, name), value: undefined, micros };
    (kind === 'property' ? this.#properties : this.#events).set(name, latest);
    this.#first = Math.min(this.#first, micros);
    return latest;
  }

  /** They take the place of those of the same names, whose Thing was another one. */
  #beginTogether(changes: Changes): void {
    this.#together = [...this.#together.filter(({ names }) => names !== changes.names), changes];
    this.#lastTogether = changes;
    this.#first = Math.min(this.#first, changes.first);
  }

  #ownKey(): number {
    this.#key ??= this.#host.keyFor(this.#id);
    return this.#key;
  }
}
