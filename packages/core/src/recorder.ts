import { Change, type Origin } from './change.js';
import type { Clock } from './clock.js';
import type { Journal } from './journal.js';
import type { KeptValue, ThingMemory } from './memory.js';
import type { NotificationIDs } from './notification-ids.js';
import { NotificationStream, type Readers, type Source } from './notification-stream.js';
import type { RecordedChanges } from './recorded-changes.js';

/** A property of a Thing whose values come together with those of others. */
export interface Follower {
  readonly name: string;
  readonly origin: Origin;
  /** Members of its value that do not count as a change. */
  readonly ignore: readonly string[] | undefined;
  /** What it begins with. */
  readonly kept: KeptValue;
  readonly recorder: Recorder;
  /** Whether a value fits; warns if it does not. */
  accepts(value: unknown): boolean;
}

/** What is recorded where. */
export interface RecorderParts {
  readonly clock: Clock;
  readonly ids: NotificationIDs;
  readonly journal: Journal;
  readonly memory: ThingMemory | undefined;
  readonly checkOutputs: boolean;
}

/** Records what happens to the properties, or the events, of a Thing. */
export class Recorder implements Readers {
  readonly #clock: Clock;
  readonly #memory: ThingMemory | undefined;
  /** How many observe any of them. */
  readers = 0;
  readonly #journal: Journal;
  readonly #ids: NotificationIDs;
  /** Tells of all of them. */
  readonly all = new NotificationStream(this);
  /** Whether each value has to fit its schema. */
  readonly checkOutputs: boolean;

  constructor({ clock, ids, journal, memory, checkOutputs }: RecorderParts) {
    this.#clock = clock;
    this.#ids = ids;
    this.#journal = journal;
    this.#memory = memory;
    this.checkOutputs = checkOutputs;
  }

  joined(): void {
    this.readers++;
    this.#journal.join(this.#clock.last);
  }

  left(): void {
    this.readers--;
    this.#journal.leave(this.#clock.last);
  }

  /** Gives out a moment: microseconds since 1970. */
  tick(): number {
    return this.#clock.tick();
  }

  /** Records a change of this moment and tells all who observe; gives the moment. */
  record({ origin, stream }: Source, value: unknown): number {
    const micros = this.#clock.tick();
    this.#memory?.append(origin, value, micros);
    this.#journal.append(origin, value, micros);
    if (stream?.observed || this.all.observed) this.#tell(stream, new Change(origin, { value, micros }, this.#ids));
    return micros;
  }

  /** Records changes whose first moment was given out, and tells all who observe. */
  recordAll(changes: RecordedChanges): void {
    this.#clock.skip(changes.size - 1);
    this.#memory?.appendAll(changes);
    this.#journal.appendAll(changes);
    if (this.readers > 0) this.#tellAll(changes);
  }

  #tellAll(changes: RecordedChanges): void {
    const isAllObserved = this.all.observed;
    // Made beforehand: who is told may bring about more changes.
    const told: { readonly stream: NotificationStream | undefined; readonly change: Change }[] = [];
    for (let i = 0; i < changes.size; i++) {
      const stream = changes.streamAt(i);
      if (!isAllObserved && !stream?.observed) continue;
      const origin = changes.originAt(i);
      if (origin === undefined) continue;
      const content = { value: changes.valueAt(i), micros: changes.first + i, json: changes.jsonAt(i) };
      told.push({ stream, change: new Change(origin, content, this.#ids) });
    }
    for (const { stream, change } of told) this.#tell(stream, change);
  }

  #tell(stream: NotificationStream | undefined, change: Change): void {
    stream?.push(change);
    this.all.push(change);
  }
}
