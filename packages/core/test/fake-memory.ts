import type { KeptChange, KeptInvocation, KeptValue, Memory, ThingError, ThingMemory } from '../src/index.js';
import { type Deferred, deferred } from './workbench.js';

/** A memory that outlives Sites, in the hands of a test: what is taken is only kept when the test says so. */
export interface FakeMemory extends Omit<Memory, 'failure'> {
  /** Keeps what was taken, or fails to. */
  commit(error?: Error): void;
  /** Knows that nothing can be kept for the moment. */
  failure: ThingError | undefined;
  /** From now on everything is kept at once. */
  commitAtOnce(): void;
  /** The process dies: what was not kept is lost. */
  crash(): void;
  readonly changes: readonly KeptChange[];
  readonly invocations: ReadonlyMap<string, KeptInvocation>;
}

/** Makes a memory for one Thing. */
export function createFakeMemory(): FakeMemory {
  let kept: KeptChange[] = [];
  let taken: KeptChange[] = [];
  const invocations = new Map<string, KeptInvocation>();
  let changed = new Map<string, KeptInvocation | undefined>();
  let waiting: Deferred<void> | undefined;
  let atOnce = false;

  const snapshot = ({ status, invoker, uriVariables, cancelled, called }: KeptInvocation): KeptInvocation =>
    structuredClone({ status, invoker, uriVariables, cancelled, ...(called === undefined ? {} : { called }) });

  const commit = (error?: Error): void => {
    if (!error) {
      kept = [...kept, ...taken];
      taken = [];
      for (const [id, invocation] of changed) {
        if (invocation) invocations.set(id, snapshot(invocation));
        else invocations.delete(id);
      }
      changed = new Map();
    }
    const { resolve, reject } = waiting ?? deferred();
    waiting = undefined;
    if (error) reject(error);
    else resolve();
  };

  const values = (): Map<string, KeptValue> =>
    new Map(kept.filter(({ kind }) => kind === 'property').map(({ name, value, micros }) => [name, { value, micros }]));

  const ofThing: ThingMemory = {
    get last() {
      return taken.at(-1)?.micros ?? kept.at(-1)?.micros ?? 0;
    },
    get values() {
      return values();
    },
    get invocations() {
      return [...invocations.values()];
    },
    append({ kind, name, invoker }, value, micros) {
      taken.push({ kind, name, value: structuredClone(value), micros, ...(invoker === undefined ? {} : { invoker }) });
      if (atOnce) commit();
    },
    appendAll(changes) {
      for (let i = 0; i < changes.size; i++) {
        const number = changes.numberAt(i);
        const value = Number.isNaN(number) ? JSON.parse(changes.textAt(i)) : number;
        ofThing.append({ kind: 'property', name: changes.names[changes.nameAt(i)] ?? '' }, value, changes.first + i);
      }
    },
    async since(micros, until) {
      const all = [...kept, ...taken];
      const place = all.findIndex((change) => change.micros === micros);
      return place < 0 ? undefined : all.slice(place + 1).filter((change) => change.micros < until);
    },
    async events(names, most) {
      const all = [...kept, ...taken].filter(({ kind, name }) => kind === 'event' && names.includes(name));
      return all.slice(-most);
    },
    keep: (invocation) => void changed.set(invocation.status.actionID, invocation),
    forget: (actionID) => void changed.set(actionID, undefined),
  };

  return {
    of: () => ofThing,
    failure: undefined,
    kept() {
      if (taken.length === 0 && changed.size === 0) return undefined;
      if (atOnce) {
        commit();
        return undefined;
      }
      waiting ??= deferred();
      return waiting.promise;
    },
    commit,
    commitAtOnce() {
      atOnce = true;
      commit();
    },
    crash() {
      taken = [];
      changed = new Map();
    },
    get changes() {
      return kept;
    },
    invocations,
  };
}
