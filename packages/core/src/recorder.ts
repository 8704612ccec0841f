import { Change } from './change.js';
import type { Clock } from './clock.js';
import type { Journal } from './journal.js';
import type { KeptValue, ThingMemory } from './memory.js';
import type { NotificationIDs } from './notification-ids.js';
import type { NotificationStream, Readers, Source } from './notification-stream.js';
import type { RecordedChanges } from './recorded-changes.js';

/** A property of a Thing whose values come together with those of others. */
export interface Follower extends Source {
  readonly name: string;
  /** Members of its value that do not count as a change. */
  readonly ignore: readonly string[] | undefined;
  /** What it begins with. */
  readonly kept: KeptValue;
  readonly recorder: Recorder;
  /** Whether a value fits; warns if it does not. */
  accepts(value: unknown): boolean;
}

/** Records what happens to the properties, or the events, of a Thing. */
export interface Recorder {
  /** Whether each value has to fit its schema. */
  readonly checkOutputs: boolean;
  /** Who observes any of them. */
  readonly readers: Readers;
  /** Gives out a moment: microseconds since 1970. */
  tick(): number;
  /** Records a change of this moment and tells all who observe; gives the moment. */
  record(source: Source, value: unknown): number;
  /** Records changes whose first moment was given out, and tells all who observe. */
  recordAll(changes: RecordedChanges): void;
}

/** What is recorded where. */
export interface RecorderParts {
  readonly clock: Clock;
  readonly ids: NotificationIDs;
  readonly journal: Journal;
  readonly memory: ThingMemory | undefined;
  /** What tells of all changes. */
  readonly all: NotificationStream;
  readonly checkOutputs: boolean;
}

/** Makes a Recorder. */
export function createRecorder({ clock, ids, journal, memory, all, checkOutputs }: RecorderParts): Recorder {
  const tell = (stream: NotificationStream | undefined, change: Change): void => {
    stream?.push(change);
    all.push(change);
  };

  const tellAll = (changes: RecordedChanges): void => {
    // Made beforehand: who is told may bring about more changes.
    const told: [stream: NotificationStream | undefined, change: Change][] = [];
    for (let i = 0; i < changes.size; i++) {
      const origin = changes.originAt(i);
      const stream = changes.streamAt(i);
      if (!origin || !(stream?.observed || all.observed)) continue;
      const content = { value: changes.valueAt(i), micros: changes.first + i, json: changes.jsonAt(i) };
      told.push([stream, new Change(origin, content, ids)]);
    }
    for (const [stream, change] of told) tell(stream, change);
  };

  return {
    checkOutputs,
    readers: all.readers,
    tick: clock.tick,
    record({ origin, stream }, value) {
      const micros = clock.tick();
      journal.append(origin, value, micros);
      memory?.append(origin, value, micros);
      if (stream?.observed || all.observed) tell(stream, new Change(origin, { value, micros }, ids));
      return micros;
    },
    recordAll(changes) {
      clock.skip(changes.size - 1);
      memory?.appendAll(changes);
      journal.appendAll(changes);
      if (all.readers.count > 0) tellAll(changes);
    },
  };
}
