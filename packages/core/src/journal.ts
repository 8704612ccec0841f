import { Change, type Content, type Origin } from './change.js';
import type { NotificationIDs } from './notification-ids.js';
import type { RecordedChanges } from './recorded-changes.js';

/** How much a Journal keeps: `count` notifications (default 1000), none older than `age` milliseconds (default 10 min). */
export interface JournalLimits {
  readonly count?: number;
  readonly age?: number;
}

/** The places of columns at first. */
const FIRST_CAPACITY = 16;

/** Stands in the column of values where the value is in the column of numbers. */
const NUMBER = Symbol('number');
/** Stand in the column of numbers where it is not: how it is kept. */
const AS_IT_IS = 0;
const AS_JSON = 1;

/**
 * The bounded record of a Thing's changes that a reader can resume from: a ring, kept in columns. Most changes are never
 * asked for; so that they cost next to nothing, a {@link Change} is only made of one when somebody wants it.
 */
export class Journal {
  readonly #count: number;
  /** Microseconds. */
  readonly #age: number;
  readonly #ids: NotificationIDs;
  readonly #now: () => number;
  #capacity = 0;
  /** Index of the oldest. */
  #first = 0;
  #size = 0;
  #micros = new Float64Array(0);
  #numbers = new Float64Array(0);
  #values: unknown[] = [];
  #origins: (Origin | undefined)[] = [];
  /** The moment of the last one that went. */
  #lastForgotten = 0;

  /**
   * Makes an empty Journal in memory. `now` gives milliseconds since 1970.
   * @throws RangeError for a count that is no whole number from 0, or an age that is negative or no number.
   */
  constructor({ count = 1000, age = 600_000 }: JournalLimits, ids: NotificationIDs, now: () => number) {
    if (!Number.isInteger(count) || count < 0) throw new RangeError(`A journal cannot keep ${count} notifications`);
    if (!(age >= 0)) throw new RangeError(`A journal cannot keep notifications for ${age} ms`);
    this.#count = count;
    this.#age = age * 1000;
    this.#ids = ids;
    this.#now = now;
  }

  /** Records a change of that moment, in microseconds since 1970. */
  append(origin: Origin, value: unknown, micros: number): void {
    if (this.#count > 0) this.#put(this.#placeFor(origin, micros), value);
    else this.#lastForgotten = micros;
  }

  /** Records changes; where the JSON of a value is there, that is kept: one object in place of many. */
  appendAll(changes: RecordedChanges): void {
    const { size, first } = changes;
    if (this.#count === 0) this.#lastForgotten = first + size - 1;
    for (let i = 0; i < size && this.#count > 0; i++) {
      const place = this.#placeFor(changes.originAt(i), first + i);
      const json = changes.jsonAt(i);
      if (json === undefined) this.#put(place, changes.valueAt(i));
      else this.#putJSON(place, json);
    }
  }

  /** Begins an entry. */
  #placeFor(origin: Origin | undefined, micros: number): number {
    const place = this.#nextPlace(micros);
    this.#micros[place] = micros;
    this.#origins[place] = origin;
    return place;
  }

  /** The place of the change to come; that of the oldest if all are taken. */
  #nextPlace(micros: number): number {
    if (this.#size === this.#count) {
      const place = this.#first;
      this.#lastForgotten = this.#micros[place] ?? 0;
      this.#first = this.#placeAt(1);
      return place;
    }
    this.#dropAged(micros - this.#age);
    if (this.#size === this.#capacity) this.#grow();
    this.#size++;
    return this.#placeAt(this.#size - 1);
  }

  #put(place: number, value: unknown): void {
    if (typeof value === 'number') {
      this.#numbers[place] = value;
      this.#values[place] = NUMBER;
    } else {
      this.#numbers[place] = AS_IT_IS;
      this.#values[place] = value;
    }
  }

  #putJSON(place: number, json: string): void {
    this.#numbers[place] = AS_JSON;
    this.#values[place] = json;
  }

  /** The place of the i-th change, oldest first. */
  #placeAt(i: number): number {
    const place = this.#first + i;
    return place < this.#capacity ? place : place - this.#capacity;
  }

  /**
   * The changes after that of the moment `micros`, of those that `covers` lets through, oldest first. Undefined if that one is
   * not, or no longer, here.
   */
  since(micros: number, covers: (change: Change) => boolean): readonly Change[] | undefined {
    const earliest = this.#now() * 1000 - this.#age;
    const place = this.#countBefore(micros);
    return micros >= earliest && this.#microsAt(place) === micros ? this.#from(place + 1, covers) : undefined;
  }

  /** The changes after a moment, of those that `covers` lets through, oldest first. */
  after(micros: number, covers: (change: Change) => boolean): readonly Change[] {
    return this.#from(this.#countBefore(micros + 1), covers);
  }

  /** Whether changes after a moment are no longer here. */
  hasForgotten(micros: number): boolean {
    return this.#lastForgotten > micros;
  }

  /** The changes that are kept and not too old, of those that `covers` lets through; oldest first. */
  kept(covers: (change: Change) => boolean): readonly Change[] {
    return this.#from(this.#countBefore(this.#now() * 1000 - this.#age), covers);
  }

  /** How many are older than a moment. */
  #countBefore(micros: number): number {
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#microsAt(middle) ?? micros) < micros) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #microsAt(i: number): number | undefined {
    return i < this.#size ? this.#micros[this.#placeAt(i)] : undefined;
  }

  #from(first: number, covers: (change: Change) => boolean): readonly Change[] {
    const changes: Change[] = [];
    for (let i = first; i < this.#size; i++) {
      const place = this.#placeAt(i);
      const origin = this.#origins[place];
      if (!origin) continue;
      const change = new Change(origin, this.#contentAt(place), this.#ids);
      if (covers(change)) changes.push(change);
    }
    return changes;
  }

  #contentAt(place: number): Content {
    const micros = this.#micros[place] ?? 0;
    const number = this.#numbers[place];
    const value = this.#values[place];
    if (value === NUMBER) return { micros, value: number };
    if (number === AS_JSON && typeof value === 'string') return { micros, value: JSON.parse(value), json: value };
    return { micros, value };
  }

  /** What is too old goes when something comes: two for each that comes, so that no change has to wait for many. */
  #dropAged(earliest: number): void {
    for (let i = 0; i < 2; i++) {
      const oldest = this.#micros[this.#first];
      if (this.#size === 0 || oldest === undefined || oldest >= earliest) return;
      this.#dropOldest();
    }
  }

  #dropOldest(): void {
    this.#lastForgotten = this.#micros[this.#first] ?? 0;
    this.#values[this.#first] = undefined;
    this.#first = this.#placeAt(1);
    this.#size--;
  }

  /** Twice the places, up to the limit; the oldest comes to the front. */
  #grow(): void {
    const capacity = Math.min(Math.max(this.#capacity * 2, FIRST_CAPACITY), this.#count);
    this.#micros = this.#moved(this.#micros, new Float64Array(capacity));
    this.#numbers = this.#moved(this.#numbers, new Float64Array(capacity));
    this.#values = this.#moved(this.#values, new Array(capacity).fill(undefined));
    this.#origins = this.#moved(this.#origins, new Array(capacity).fill(undefined));
    this.#first = 0;
    this.#capacity = capacity;
  }

  #moved<T, Column extends { [place: number]: T }>(from: Column, to: Column): Column {
    for (let i = 0; i < this.#size; i++) {
      const item = from[this.#placeAt(i)];
      if (item !== undefined) to[i] = item;
    }
    return to;
  }
}
