import { LONGEST, writeSigned, writeVarint } from './bytes.js';
import { MOST_DECIMALS, toDigits } from './decimal.js';
import type { ChangeColumns } from './group.js';
import { DIFFERENCE, DIGITS, DOUBLE, INVOKER, KINDS, MARK, NOTHING, type Piece, TEXT } from './piece.js';

const FIRST_CAPACITY = 1024;
/** Bytes of a change at most, but for those that are counted: four numbers. */
const CHANGE = 4 * LONGEST;

/** A name in a piece, and how its last number was written there. */
export interface NameInPiece {
  readonly key: number;
  /** Below 0: not at all. */
  decimals: number;
  digits: number;
}

/** Writes a piece; what it is made of says decision 33. */
export class PieceWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  #length = 0;
  #count = 0;
  #start = 0;
  #until = 0;

  /**
   * Takes the number at a place of columns; what is remembered of its name has to be of this piece. A number that is handed to a
   * function by itself is an object, so it is not.
   */
  addNumber(name: NameInPiece, { micros, numbers }: Pick<ChangeColumns, 'micros' | 'numbers'>, place: number): void {
    const bytes = this.#reserve(CHANGE);
    const step = this.#stepTo(micros[place] ?? 0);
    const number = numbers[place] ?? 0;
    const digits = name.decimals < 0 ? Number.NaN : toDigits(number, name.decimals);
    if (Number.isNaN(digits)) {
      this.#addAnew(name, step, number);
      return;
    }
    const at = writeSigned(bytes, writeVarint(bytes, this.#length, name.key * KINDS + DIFFERENCE), step);
    this.#length = writeSigned(bytes, at, digits - name.digits);
    name.digits = digits;
  }

  /** Takes a value that is no number, as JSON; empty for none. */
  addText(key: number, utf8: Uint8Array, micros: number): void {
    const size = utf8.length;
    const bytes = this.#reserve(CHANGE + size);
    const step = this.#stepTo(micros);
    const at = writeSigned(bytes, writeVarint(bytes, this.#length, key * KINDS + (size === 0 ? NOTHING : TEXT)), step);
    this.#length = size === 0 ? at : writeCounted(bytes, at, utf8);
  }

  /** Says whose invocation the next change tells about. */
  mark(invoker: string): void {
    const utf8 = Buffer.from(invoker);
    const bytes = this.#reserve(CHANGE + utf8.length);
    this.#length = writeCounted(bytes, writeVarint(bytes, this.#length, INVOKER), utf8);
  }

  /** Gives what was added, if anything was, and begins anew. */
  take(): Piece | undefined {
    if (this.#count === 0) return undefined;
    const head = Buffer.allocUnsafe(CHANGE);
    const begun = writeVarint(head, writeVarint(head, writeVarint(head, 0, MARK), this.#count), this.#start);
    const bytes = Buffer.concat([head.subarray(0, begun), this.#bytes.subarray(0, this.#length)]);
    const piece = { bytes, count: this.#count, start: this.#start, until: this.#until };
    this.#length = 0;
    this.#count = 0;
    return piece;
  }

  #addAnew(name: NameInPiece, step: number, number: number): void {
    const bytes = this.#bytes;
    const found = findDigits(number);
    const at = writeSigned(bytes, writeVarint(bytes, this.#length, name.key * KINDS + (found ? DIGITS : DOUBLE)), step);
    if (found) {
      name.decimals = found.decimals;
      name.digits = found.digits;
      this.#length = writeSigned(bytes, writeVarint(bytes, at, found.decimals), found.digits);
    } else this.#length = bytes.writeDoubleLE(number, at);
  }

  /** Microseconds since the change before. */
  #stepTo(micros: number): number {
    if (this.#count++ === 0) {
      this.#start = micros;
      this.#until = micros;
    }
    const step = micros - this.#until;
    this.#until = micros;
    return step;
  }

  #reserve(more: number): Buffer {
    const needed = this.#length + more;
    if (needed > this.#bytes.length) {
      const bytes = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(bytes, 0, 0, this.#length);
      this.#bytes = bytes;
    }
    return this.#bytes;
  }
}

function writeCounted(bytes: Uint8Array, at: number, counted: Uint8Array): number {
  const place = writeVarint(bytes, at, counted.length);
  bytes.set(counted, place);
  return place + counted.length;
}

function findDigits(number: number): { readonly decimals: number; readonly digits: number } | undefined {
  for (let decimals = 0; decimals <= MOST_DECIMALS; decimals++) {
    const digits = toDigits(number, decimals);
    if (!Number.isNaN(digits)) return { decimals, digits };
  }
  return undefined;
}
