import { ByteReader } from './bytes.js';
import type { ChangeCursor } from './change-cursor.js';
import { fromDigits } from './decimal.js';
import { StoreError } from './engine/store-error.js';
import { EMPTY, toText } from './texts.js';

/** What a piece begins with. */
export const MARK = 1;
/** What follows the moment of a change; 3 bits. */
export const NOTHING = 0;
export const TEXT = 1;
export const DOUBLE = 2;
export const DIFFERENCE = 3;
export const DIGITS = 4;
export const INVOKER = 5;
export const KINDS = 8;

/** Changes of one Thing in a span of time, in binary. Pieces are joined by putting one after the other. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** The moments of the first and the last change, microseconds since 1970. */
  readonly start: number;
  readonly until: number;
}

/** Goes through pieces that stand one after the other. Throws a StoreError `failed` where they are damaged. */
export class PieceCursor implements ChangeCursor {
  readonly #bytes: ByteReader;
  readonly #last = new Map<number, { readonly decimals: number; digits: number }>();
  #left = 0;
  name = 0;
  micros = 0;
  number = Number.NaN;
  utf8: Uint8Array = EMPTY;
  invoker: string | undefined;

  constructor(pieces: Uint8Array) {
    this.#bytes = new ByteReader(pieces);
  }

  next(): boolean {
    const bytes = this.#bytes;
    while (this.#left === 0) {
      if (bytes.isAtEnd) return false;
      this.#open();
    }
    this.#left--;
    let head = bytes.varint();
    this.invoker = head === INVOKER ? toText(bytes.counted()) : undefined;
    if (head === INVOKER) head = bytes.varint();
    const kind = head % KINDS;
    this.name = (head - kind) / KINDS;
    this.micros += bytes.signed();
    this.utf8 = kind === TEXT ? bytes.counted() : EMPTY;
    this.number = kind === NOTHING || kind === TEXT ? Number.NaN : this.#readNumber(kind);
    return true;
  }

  get text(): string {
    return toText(this.utf8);
  }

  #open(): void {
    const bytes = this.#bytes;
    if (bytes.varint() !== MARK) throw damaged();
    this.#left = bytes.varint();
    this.micros = bytes.varint();
    this.#last.clear();
  }

  #readNumber(kind: number): number {
    const bytes = this.#bytes;
    if (kind === DOUBLE) return bytes.double();
    const last = this.#last.get(this.name);
    if (kind === DIFFERENCE && last) {
      last.digits += bytes.signed();
      return fromDigits(last.digits, last.decimals);
    }
    if (kind !== DIGITS) throw damaged();
    const decimals = bytes.varint();
    const digits = bytes.signed();
    this.#last.set(this.name, { decimals, digits });
    return fromDigits(digits, decimals);
  }
}

const damaged = (): StoreError => new StoreError('failed', 'A block in the store is damaged');
