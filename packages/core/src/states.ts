import { Observable, type Subscriber, type TeardownLogic } from 'rxjs';
import type { Origin } from './change.js';
import { isJSONValue } from './json-value.js';
import { isMembers } from './members.js';
import type { KeptValue } from './memory.js';
import type { NotificationStream } from './notification-stream.js';
import { numbersOf } from './numbers.js';
import type { RecordedChanges } from './recorded-changes.js';
import type { Follower, Recorder } from './recorder.js';
import { sameValue } from './same-value.js';

/** By name, how each value is read from a report; undefined where the report does not hold it. */
export type Parts<Report, Values> = { readonly [Name in keyof Values]: (report: Report) => Values[Name] | undefined };

/** Values that come together in reports, kept in memory side by side, each to be used as it is as the code of a property. */
export interface States<Report, Values> {
  /**
   * One of the values: what the latest report holds of it, then what each one does. As the code of the property of its name it has a
   * value as soon as any report held it.
   */
  part<Name extends string & keyof Values>(name: Name): Observable<Values[Name]>;
  /** The latest report; undefined if there was none yet. */
  get(): Report | undefined;
  /**
   * Takes over what a report holds; what it does not hold stays. `json` is the report as JSON in one line, where that is there
   * already: then that is kept in place of the report, which is read from it again when somebody asks, and a part that is the
   * report itself need not be written out, by nobody who keeps it or tells of it.
   */
  set(report: Report, json?: string): void;
}

/**
 * Declares the values that come together in the reports of a device, once for all devices of a kind; what it gives makes the
 * {@link States} of one of them. To set a dozen so costs a fraction of a dozen single states. Changes are told in the order of the
 * parts. A part that is the report itself changes whenever one before it does: so the last place is the cheapest for it.
 */
export function defineStates<Report, Values>(parts: Parts<Report, Values>): () => States<Report, Values> {
  const names = Object.keys(parts);
  const readers: readonly ((report: Report) => unknown)[] = Object.values(parts);
  const scratch = { changed: [], first: 0 };
  return () => new StateGroup(parts, { names, readers, scratch });
}

/** What a part needs of its group. */
interface PartsHost {
  follow(place: number, follower: Follower): boolean;
  tellOn(place: number, stream: NotificationStream): void;
  unfollow(place: number, follower: Follower): void;
  presentAt(place: number): unknown;
  microsAt(place: number): number;
}

/** One of the values, as the code of a property: which looks it up here, and keeps none of its own. */
export class StatePart<T> extends Observable<T> {
  readonly #host: PartsHost;
  readonly #place: number;

  constructor(
    { host, place }: { readonly host: PartsHost; readonly place: number },
    subscribe: (subscriber: Subscriber<T>) => TeardownLogic,
  ) {
    super(subscribe);
    this.#host = host;
    this.#place = place;
  }

  /** Has changes recorded for a property, from the present value on; false, and nothing happens, where that cannot be. */
  follow(follower: Follower): boolean {
    return this.#host.follow(this.#place, follower);
  }

  /** Says what tells of changes of the property that follows. */
  tellOn(stream: NotificationStream): void {
    this.#host.tellOn(this.#place, stream);
  }

  /** Ends that. */
  unfollow(follower: Follower): void {
    this.#host.unfollow(this.#place, follower);
  }

  /** The value that the property has. */
  get present(): unknown {
    return this.#host.presentAt(this.#place);
  }

  /** When it was last reported, microseconds since 1970; 0 if it never was. */
  get micros(): number {
    return this.#host.microsAt(this.#place);
  }
}

/** What all devices of a kind have in common. */
interface Declared<Report> {
  readonly names: readonly string[];
  readonly readers: readonly ((report: Report) => unknown)[];
  /** What the present report changes; used by one device at a time, so that it stays in the cache. */
  readonly scratch: { readonly changed: number[]; first: number };
}

/** The values in columns, numbers among numbers: to set one makes no object, and what a busy Thing has lies side by side. */
class StateGroup<Report, Values> implements States<Report, Values>, PartsHost, RecordedChanges {
  readonly #parts: Parts<Report, Values>;
  readonly #declared: Declared<Report>;
  /**
   * By place, the value, NaN if that is one of the others; then, by place again, when it was last reported to its property: 0 if it never
   * was, NaN if there is none.
   */
  readonly #numbers: number[];
  readonly #others: unknown[];
  /** The others as JSON, as far as somebody wrote it; one of which only this is there is read when somebody asks. */
  readonly #texts: (string | undefined)[];
  /** Of the properties that follow. */
  readonly #origins: (Origin | undefined)[];
  readonly #followers: (Follower | undefined)[];
  /** Of those properties that somebody observed. */
  #streams: (NotificationStream | undefined)[] | undefined;
  #recorder: Recorder | undefined;
  /** Never changed in place: one may come or go while a report is told. */
  #listeners: readonly ((report: Report) => void)[] = [];
  /** The latest, while it is told; later only where there is no JSON of it. */
  #report: Report | undefined;
  #json: string | undefined;
  size = 0;

  constructor(parts: Parts<Report, Values>, declared: Declared<Report>) {
    const count = declared.names.length;
    this.#parts = parts;
    this.#declared = declared;
    this.#numbers = numbersOf(2 * count);
    this.#others = new Array(count).fill(undefined);
    this.#texts = new Array(count).fill(undefined);
    this.#origins = new Array(count).fill(undefined);
    this.#followers = new Array(count).fill(undefined);
  }

  part<Name extends string & keyof Values>(name: Name): Observable<Values[Name]> {
    const read = this.#parts[name];
    return new StatePart({ host: this, place: this.names.indexOf(name) }, (subscriber) => {
      const listener = (report: Report): void => {
        const value = read(report);
        if (value !== undefined) subscriber.next(value);
      };
      const latest = this.get();
      if (latest !== undefined) listener(latest);
      this.#listeners = [...this.#listeners, listener];
      return () => {
        this.#listeners = this.#listeners.filter((other) => other !== listener);
      };
    });
  }

  get(): Report | undefined {
    if (this.#report === undefined && this.#json !== undefined) this.#report = JSON.parse(this.#json);
    return this.#report;
  }

  set(report: Report, json?: string): void {
    this.#report = report;
    this.#json = json;
    this.#begin();
    const { readers } = this.#declared;
    for (let place = 0; place < readers.length; place++) {
      const value = readers[place]?.(report);
      if (value !== undefined) this.#take(place, value, value === report ? json : undefined);
    }
    this.#end();
    for (const listener of this.#listeners) listener(report);
    // One object of many that live as long as they do: most are never asked for.
    if (json !== undefined && this.#report === report) this.#report = undefined;
  }

  #begin(): void {
    this.size = 0;
    this.#declared.scratch.first = this.#recorder?.tick() ?? 0;
  }

  #end(): void {
    if (this.size > 0) this.#recorder?.recordAll(this);
  }

  #take(place: number, value: unknown, json: string | undefined): void {
    const isSame = this.#isSame(place, value);
    if (isSame === undefined) return;
    // Members that are ignored may differ all the same; of what else is the same, the one that is there does not have to be kept anew.
    if (!isSame || isMembers(value)) this.#put(place, value, json);
    const { names, scratch } = this.#declared;
    const at = names.length + place;
    if (Number.isNaN(this.#numbers[at])) return;
    this.#numbers[at] = isSame ? scratch.first : scratch.first + this.size;
    if (!isSame) scratch.changed[this.size++] = place;
  }

  /** Undefined for a value that cannot be taken. */
  #isSame(place: number, value: unknown): boolean | undefined {
    if ((this.#recorder?.checkOutputs || !isJSONValue(value)) && !this.#accepts(place, value)) return undefined;
    if (typeof value === 'number') return value === this.#numbers[place];
    if (typeof value !== 'object') return value === this.presentAt(place);
    // What is read from a report has changed, so it has too, and need not be compared.
    if (value === this.#report && this.size > 0) return false;
    const ignore = isMembers(value) ? this.#followers[place]?.ignore : undefined;
    return sameValue(value, this.presentAt(place), ignore);
  }

  #accepts(place: number, value: unknown): boolean {
    return this.#followers[place]?.accepts(value) ?? isJSONValue(value);
  }

  #put(place: number, value: unknown, json: string | undefined): void {
    if (typeof value === 'number') {
      this.#numbers[place] = value;
      return;
    }
    this.#numbers[place] = Number.NaN;
    this.#others[place] = json === undefined ? value : undefined;
    this.#texts[place] = json;
  }

  follow(place: number, follower: Follower): boolean {
    const { name, recorder, kept } = follower;
    if (this.names[place] !== name || this.#followers[place]) return false;
    if (this.#recorder && this.#recorder !== recorder) return false;
    const present = this.presentAt(place);
    this.#recorder = recorder;
    this.#followers[place] = follower;
    this.#origins[place] = follower.origin;
    this.#restore(place, kept);
    this.#begin();
    if (present !== undefined) this.#take(place, present, undefined);
    this.#end();
    return true;
  }

  #restore(place: number, { value, micros }: KeptValue): void {
    this.#put(place, value, undefined);
    this.#numbers[this.names.length + place] = micros;
  }

  tellOn(place: number, stream: NotificationStream): void {
    this.#streams ??= new Array(this.names.length).fill(undefined);
    this.#streams[place] = stream;
  }

  unfollow(place: number, follower: Follower): void {
    if (this.#followers[place] !== follower) return;
    this.#followers[place] = undefined;
    this.#origins[place] = undefined;
    this.#numbers[this.names.length + place] = Number.NaN;
    if (this.#streams) this.#streams[place] = undefined;
    if (this.#followers.every((other) => other === undefined)) this.#recorder = undefined;
  }

  presentAt(place: number): unknown {
    const number = this.#numbers[place];
    if (number !== undefined && !Number.isNaN(number)) return number;
    const other = this.#others[place];
    const text = this.#texts[place];
    if (other !== undefined || text === undefined) return other;
    if (text === this.#json) return this.get();
    this.#others[place] = JSON.parse(text);
    return this.#others[place];
  }

  microsAt(place: number): number {
    const micros = this.#numbers[this.names.length + place];
    return micros === undefined || Number.isNaN(micros) ? 0 : micros;
  }

  get first(): number {
    return this.#declared.scratch.first;
  }

  get names(): readonly string[] {
    return this.#declared.names;
  }

  nameAt(i: number): number {
    return this.#declared.scratch.changed[i] ?? 0;
  }

  numberAt(i: number): number {
    return this.#numbers[this.nameAt(i)] ?? Number.NaN;
  }

  valueAt(i: number): unknown {
    return this.presentAt(this.nameAt(i));
  }

  textAt(i: number): string {
    const place = this.nameAt(i);
    const text = this.#texts[place] ?? JSON.stringify(this.presentAt(place)) ?? 'null';
    this.#texts[place] = text;
    return text;
  }

  jsonAt(i: number): string | undefined {
    // Of a number there is none: what stands in its place is of a value before it.
    return Number.isNaN(this.numberAt(i)) ? this.#texts[this.nameAt(i)] : undefined;
  }

  originAt(i: number): Origin | undefined {
    return this.#origins[this.nameAt(i)];
  }

  streamAt(i: number): NotificationStream | undefined {
    return this.#streams?.[this.nameAt(i)];
  }

  values(): ReadonlyMap<string, KeptValue> {
    const values = new Map<string, KeptValue>();
    for (const [place, name] of this.names.entries()) {
      const micros = this.microsAt(place);
      if (micros !== 0) values.set(name, { value: this.presentAt(place), micros });
    }
    return values;
  }
}
