import type { Changes, KeptChange, KeptInvocation, Memory, ThingMemory } from '@thingwright/core';

/** The memory of a Thing that tells when it took what came together. */
class ToldThingMemory implements ThingMemory {
  readonly #memory: ThingMemory;
  readonly #taken: () => void;

  constructor(memory: ThingMemory, taken: () => void) {
    this.#memory = memory;
    this.#taken = taken;
  }

  get last(): number {
    return this.#memory.last;
  }

  get values(): ThingMemory['values'] {
    return this.#memory.values;
  }

  get invocations(): readonly KeptInvocation[] {
    return this.#memory.invocations;
  }

  append(origin: Pick<KeptChange, 'kind' | 'name' | 'invoker'>, value: unknown, micros: number): void {
    this.#memory.append(origin, value, micros);
  }

  appendAll(changes: Changes): void {
    this.#memory.appendAll(changes);
    this.#taken();
  }

  since(micros: number, until: number): ReturnType<ThingMemory['since']> {
    return this.#memory.since(micros, until);
  }

  events(names: readonly string[], most: number): ReturnType<ThingMemory['events']> {
    return this.#memory.events(names, most);
  }

  keep(invocation: KeptInvocation): void {
    this.#memory.keep(invocation);
  }

  forget(actionID: string): void {
    this.#memory.forget(actionID);
  }
}

/** A memory that calls `taken` whenever it took what came together: so one sees, though nobody observes, that a report was. */
export const toldMemory = (memory: Memory, taken: () => void): Memory => ({
  of: (thing) => new ToldThingMemory(memory.of(thing), taken),
  kept: () => memory.kept(),
  get failure() {
    return memory.failure;
  },
});
