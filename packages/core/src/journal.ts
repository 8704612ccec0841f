import { Change, type Origin } from './change.js';
import type { ThingMemory } from './memory.js';
import type { NotificationIDs } from './notification-ids.js';
import { numbersOf } from './numbers.js';
import type { RecordedChanges } from './recorded-changes.js';

/** How much a Journal keeps: `count` notifications (default 1000), none older than `age` milliseconds (default 10 min). */
export interface JournalLimits {
  readonly count?: number;
  readonly age?: number;
}

/** What a Journal needs besides its limits. */
export interface JournalParts {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What has every change as well, if anything does. */
  readonly memory?: Pick<ThingMemory, 'last'> | undefined;
}

/** The places of columns at first. */
const FIRST_CAPACITY = 16;
/** How many changes are kept that a memory has as well: what is missed while a line is opened anew. */
const SHORT = 64;
/** Microseconds for which readers may come back, or may wait for what they asked a memory. */
const HOLD = 30_000_000;

/** A change whose value is no number. */
interface Told {
  readonly origin: Origin | undefined;
  readonly value: unknown;
  /** The value as JSON: then that is kept in place of it. */
  readonly json: string | undefined;
}

/**
 * The bounded record of a Thing's changes that a reader can resume from: a ring, kept in columns. Most changes are never
 * asked for; so that they cost next to nothing, a {@link Change} is only made of one when somebody wants it. Where a memory has them
 * all, the journal is short, and rests when nobody has observed for a while; only while a reader waits for that memory it keeps all that
 * comes.
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
  /** Of each change the moment, and the value; NaN if that is no number. Side by side, to be in the cache together. */
  #numbers: number[] = [];
  /** Where a change comes from, and its value if that is no number. */
  #sources: (Origin | Told | undefined)[] = [];
  /** The moment of the last one that went. */
  #lastForgotten = 0;
  readonly #memory: Pick<ThingMemory, 'last'> | undefined;
  #isResting: boolean;
  /** How many observe. */
  #readers = 0;
  /** From this moment on nothing is kept while nobody observes; up to it all is, if a reader waits. */
  #restsFrom = Number.POSITIVE_INFINITY;
  #isHeld = false;

  /**
   * Makes an empty Journal.
   * @throws RangeError for a count that is no whole number from 0, or an age that is negative or no number.
   */
  constructor({ count = 1000, age = 600_000 }: JournalLimits, ids: NotificationIDs, { now, memory }: JournalParts) {
    if (!Number.isInteger(count) || count < 0) throw new RangeError(`A journal cannot keep ${count} notifications`);
    if (!(age >= 0)) throw new RangeError(`A journal cannot keep notifications for ${age} ms`);
    this.#count = count;
    this.#age = age * 1000;
    this.#ids = ids;
    this.#now = now;
    this.#memory = memory;
    this.#isResting = memory !== undefined;
  }

  /** Records a change of that moment, in microseconds since 1970. */
  append(origin: Origin, value: unknown, micros: number): void {
    if (this.#rests(micros)) return;
    if (typeof value === 'number' && !Number.isNaN(value)) this.#put(origin, micros, value);
    else this.#put({ origin, value, json: undefined }, micros, Number.NaN);
  }

  /** Records changes; where the JSON of a value is there, that is kept: one object in place of many. */
  appendAll(changes: RecordedChanges): void {
    const { size, first } = changes;
    if (this.#rests(first)) return;
    for (let i = 0; i < size; i++) {
      const number = changes.numberAt(i);
      this.#put(Number.isNaN(number) ? toldAt(changes, i) : changes.originAt(i), first + i, number);
    }
  }

  #put(source: Origin | Told | undefined, micros: number, number: number): void {
    if (this.#count === 0) {
      this.#lastForgotten = micros;
      return;
    }
    const place = this.#nextPlace(micros);
    this.#sources[place] = source;
    this.#numbers[2 * place] = micros;
    this.#numbers[2 * place + 1] = number;
  }

  /** Somebody observes; `last` is the moment of the last change. */
  join(last: number): void {
    this.#readers++;
    this.#wake(last);
  }

  /** Somebody observes no more, and may come back. */
  leave(last: number): void {
    this.#readers--;
    this.#wake(last);
  }

  /** Keeps what comes after the last change, for as long as a reader may wait for what was before. */
  hold(last: number): void {
    this.#wake(last);
    this.#isHeld = true;
  }

  #wake(last: number): void {
    if (!this.#memory) return;
    if (this.#isResting) this.#lastForgotten = last;
    this.#isResting = false;
    this.#restsFrom = Math.max(last, this.#now() * 1000) + HOLD;
  }

  /** Whether a change of that moment is not kept; then nothing else is, any more. */
  #rests(micros: number): boolean {
    if (this.#isResting || micros < this.#restsFrom) return this.#isResting;
    this.#isHeld = false;
    if (!this.#memory || this.#readers > 0) return false;
    this.#isResting = true;
    this.#lastForgotten = micros;
    this.#size = 0;
    this.#capacity = 0;
    this.#first = 0;
    this.#numbers = [];
    this.#sources = [];
    return true;
  }

  /** The place of the change to come, for which the oldest may have to go. */
  #nextPlace(micros: number): number {
    this.#dropAged(micros - this.#age);
    // Two at most, where more were kept for a while: so that no change has to wait for many.
    const most = this.#memory && !this.#isHeld ? Math.min(this.#count, SHORT) : this.#count;
    if (this.#size >= most) this.#dropOldest();
    if (this.#size >= most) this.#dropOldest();
    if (this.#size === this.#capacity) this.#grow();
    this.#size++;
    return this.#placeAt(this.#size - 1);
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
    if (this.#isResting) return micros === this.#memory?.last ? [] : undefined;
    const place = this.#countBefore(micros);
    if (this.#memory && micros === this.#lastForgotten) return this.#from(place, covers);
    return micros >= earliest && this.#microsAt(place) === micros ? this.#from(place + 1, covers) : undefined;
  }

  /** The changes after a moment, of those that `covers` lets through, oldest first. */
  after(micros: number, covers: (change: Change) => boolean): readonly Change[] {
    return this.#from(this.#countBefore(micros + 1), covers);
  }

  /** Whether changes after a moment are no longer here. */
  hasForgotten(micros: number): boolean {
    const last = this.#isResting ? (this.#memory?.last ?? 0) : 0;
    return Math.max(last, this.#lastForgotten) > micros;
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
    return i < this.#size ? this.#numbers[2 * this.#placeAt(i)] : undefined;
  }

  #from(first: number, covers: (change: Change) => boolean): readonly Change[] {
    const changes: Change[] = [];
    for (let i = first; i < this.#size; i++) {
      const change = this.#changeAt(this.#placeAt(i));
      if (change && covers(change)) changes.push(change);
    }
    return changes;
  }

  #changeAt(place: number): Change | undefined {
    const source = this.#sources[place];
    const micros = this.#numbers[2 * place] ?? 0;
    if (!source) return undefined;
    if (!('origin' in source)) return new Change(source, { value: this.#numbers[2 * place + 1], micros }, this.#ids);
    const { origin, json, value } = source;
    if (!origin) return undefined;
    const content = json === undefined ? { value, micros } : { value: JSON.parse(json), json, micros };
    return new Change(origin, content, this.#ids);
  }

  /** What is too old goes when something comes: two for each that comes, so that no change has to wait for many. */
  #dropAged(earliest: number): void {
    for (let i = 0; i < 2; i++) {
      const oldest = this.#numbers[2 * this.#first];
      if (this.#size === 0 || oldest === undefined || oldest >= earliest) return;
      this.#dropOldest();
    }
  }

  #dropOldest(): void {
    this.#lastForgotten = this.#numbers[2 * this.#first] ?? 0;
    this.#sources[this.#first] = undefined;
    this.#first = this.#placeAt(1);
    this.#size--;
  }

  /** Twice the places, up to the limit; the oldest comes to the front. */
  #grow(): void {
    const capacity = Math.min(Math.max(this.#capacity * 2, FIRST_CAPACITY), this.#count);
    const numbers = numbersOf(2 * capacity);
    const sources = new Array<Origin | Told | undefined>(capacity).fill(undefined);
    for (let i = 0; i < this.#size; i++) {
      const place = this.#placeAt(i);
      numbers[2 * i] = this.#numbers[2 * place] ?? 0;
      numbers[2 * i + 1] = this.#numbers[2 * place + 1] ?? 0;
      sources[i] = this.#sources[place];
    }
    this.#numbers = numbers;
    this.#sources = sources;
    this.#first = 0;
    this.#capacity = capacity;
  }
}

function toldAt(changes: RecordedChanges, i: number): Told {
  const json = changes.jsonAt(i);
  return { origin: changes.originAt(i), json, value: json === undefined ? changes.valueAt(i) : undefined };
}
