import { v4 as uuid } from 'uuid';
import { Change, type Origin } from './change.js';
import { parseMicroseconds } from './clock.js';

/** How much a Journal keeps: `count` notifications (default 1000), none older than `age` milliseconds (default 10 min). */
export interface JournalLimits {
  readonly count?: number;
  readonly age?: number;
}

/** What a reader that comes back gets: all that it missed, or a gap. */
export interface Replay {
  readonly resume: 'complete' | 'gap';
  readonly missed: readonly Change[];
}

/** The places of columns at first. */
const FIRST_CAPACITY = 16;

/** Stands in the column of values where the value is in the column of numbers. */
const NUMBER = Symbol('number');

/** Makes a value anew, so that it need not be kept. */
export type Again = () => unknown;

/**
 * The bounded record of a Thing's changes that a reader can resume from: a ring, kept in columns. Most changes are never
 * asked for; so that they cost next to nothing, a {@link Change} is only made of one, and an id minted, when somebody wants
 * it.
 */
export class Journal {
  readonly #count: number;
  /** Microseconds. */
  readonly #age: number;
  readonly #now: () => number;
  #capacity = 0;
  /** Index of the oldest. */
  #first = 0;
  #size = 0;
  #micros = new Float64Array(0);
  #numbers = new Float64Array(0);
  #values: unknown[] = [];
  #origins: (Origin | undefined)[] = [];
  /** Of those that somebody has seen; the column is made for the first. */
  #ids: (string | undefined)[] | undefined;

  /**
   * Makes an empty Journal in memory. `now` gives milliseconds since 1970.
   * @throws RangeError for a count that is no whole number from 0, or an age that is negative or no number.
   */
  constructor({ count = 1000, age = 600_000 }: JournalLimits, now: () => number) {
    if (!Number.isInteger(count) || count < 0) throw new RangeError(`A journal cannot keep ${count} notifications`);
    if (!(age >= 0)) throw new RangeError(`A journal cannot keep notifications for ${age} ms`);
    this.#count = count;
    this.#age = age * 1000;
    this.#now = now;
  }

  /** Records a change of that moment, in microseconds since 1970; a function in place of a value makes it anew. */
  append(origin: Origin, value: unknown, micros: number): void {
    if (this.#count > 0) this.#put(this.#nextPlace(micros), origin, value, micros);
  }

  /** Records a change that somebody sees, and gives it; a later replay gives it the same id. */
  appendChange(
    origin: Origin,
    value: unknown,
    { micros, again }: { micros: number; again?: Again | undefined },
  ): Change {
    const id = uuid();
    if (this.#count > 0) {
      const place = this.#nextPlace(micros);
      this.#put(place, origin, again ?? value, micros);
      this.#keepID(place, id);
    }
    return new Change(origin, value, micros, id);
  }

  /** The place of the change to come; that of the oldest if all are taken. */
  #nextPlace(micros: number): number {
    if (this.#size === this.#count) {
      const place = this.#first;
      this.#first = this.#placeAt(1);
      return place;
    }
    this.#dropAged(micros - this.#age);
    if (this.#size === this.#capacity) this.#grow();
    this.#size++;
    return this.#placeAt(this.#size - 1);
  }

  /** A value that is a function is what makes it anew: JSON has none. */
  #put(place: number, origin: Origin, value: unknown, micros: number): void {
    this.#micros[place] = micros;
    this.#origins[place] = origin;
    if (typeof value === 'number') {
      this.#numbers[place] = value;
      this.#values[place] = NUMBER;
    } else {
      this.#values[place] = value;
    }
    if (this.#ids) this.#ids[place] = undefined;
  }

  /** Remembers an id that somebody has seen. */
  #keepID(place: number, id: string): void {
    this.#ids ??= new Array(this.#capacity).fill(undefined);
    this.#ids[place] = id;
  }

  /** The place of the i-th change, oldest first. */
  #placeAt(i: number): number {
    const place = this.#first + i;
    return place < this.#capacity ? place : place - this.#capacity;
  }

  /**
   * The changes after the one that `reference` (an id or a time) names, of those that `covers` lets through. A reference that
   * is not, or no longer, in the journal is a gap, and nothing is replayed.
   */
  since(reference: string, covers: (change: Change) => boolean): Replay {
    const time = parseMicroseconds(reference);
    const isReferred = (place: number, micros: number): boolean => micros === time || this.#ids?.[place] === reference;
    const { found, changes } = this.#backTo(isReferred, covers);
    return found ? { resume: 'complete', missed: changes } : { resume: 'gap', missed: [] };
  }

  /** The changes that are kept and not too old, of those that `covers` lets through; oldest first. */
  kept(covers: (change: Change) => boolean): readonly Change[] {
    return this.#backTo(() => false, covers).changes;
  }

  /** Goes back from the newest until `isReached`, or until all is seen. */
  #backTo(
    isReached: (place: number, micros: number) => boolean,
    covers: (change: Change) => boolean,
  ): { readonly found: boolean; readonly changes: readonly Change[] } {
    const earliest = this.#now() * 1000 - this.#age;
    const changes: Change[] = [];
    let found = false;
    for (let i = this.#size - 1; i >= 0 && !found; i--) {
      const place = this.#placeAt(i);
      const micros = this.#micros[place];
      if (micros === undefined || micros < earliest) break;
      found = isReached(place, micros);
      const change = found ? undefined : this.#changeAt(place, micros);
      if (change && covers(change)) changes.push(change);
    }
    return { found, changes: changes.reverse() };
  }

  #changeAt(place: number, micros: number): Change | undefined {
    const origin = this.#origins[place];
    if (!origin) return undefined;
    const id = this.#ids?.[place] ?? uuid();
    this.#keepID(place, id);
    return new Change(origin, this.#valueAt(place), micros, id);
  }

  #valueAt(place: number): unknown {
    const value = this.#values[place];
    if (value === NUMBER) return this.#numbers[place];
    return typeof value === 'function' ? value() : value;
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
    this.#values[this.#first] = undefined;
    if (this.#ids) this.#ids[this.#first] = undefined;
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
    if (this.#ids) this.#ids = this.#moved(this.#ids, new Array(capacity).fill(undefined));
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
