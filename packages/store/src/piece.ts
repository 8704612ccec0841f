import { ByteReader, ByteWriter } from './bytes.js';
import type { ChangeCursor } from './change-cursor.js';
import { fromDigits, MOST_DECIMALS, toDigits } from './decimal.js';
import { StoreError } from './engine/store-error.js';
import { EMPTY, toText } from './texts.js';

/** What a piece begins with. */
const MARK = 1;
/** What follows the moment of a change; 3 bits. */
const NOTHING = 0;
const TEXT = 1;
const DOUBLE = 2;
const DIFFERENCE = 3;
const DIGITS = 4;
const INVOKER = 5;
const KINDS = 8;

/** How a number was last written. */
interface Last {
  decimals: number;
  digits: number;
}

/** Changes of one Thing in a span of time, in binary. Pieces are joined by putting one after the other. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** The moments of the first and the last change, microseconds since 1970. */
  readonly start: number;
  readonly until: number;
}

/** Writes a piece; what it is made of says decision 33. */
export class PieceWriter {
  readonly #head = new ByteWriter();
  readonly #bytes = new ByteWriter();
  readonly #last = new Map<number, Last>();
  #count = 0;
  #start = 0;
  #until = 0;

  /** Takes the change that a cursor stands at. */
  add({ name, micros, number, utf8, invoker }: Omit<ChangeCursor, 'next' | 'text'>): void {
    if (this.#count++ === 0) {
      this.#start = micros;
      this.#until = micros;
    }
    const bytes = this.#bytes;
    if (invoker !== undefined) {
      bytes.varint(INVOKER);
      bytes.counted(Buffer.from(invoker));
    }
    const step = micros - this.#until;
    this.#until = micros;
    if (Number.isNaN(number)) this.#addText(name, step, utf8);
    else this.#addNumber(name, step, number);
  }

  #addText(name: number, step: number, utf8: Uint8Array): void {
    this.#bytes.varint(name * KINDS + (utf8.length === 0 ? NOTHING : TEXT));
    this.#bytes.signed(step);
    if (utf8.length > 0) this.#bytes.counted(utf8);
  }

  #addNumber(name: number, step: number, number: number): void {
    const bytes = this.#bytes;
    const last = this.#last.get(name);
    const digits = last ? toDigits(number, last.decimals) : Number.NaN;
    if (last && !Number.isNaN(digits)) {
      bytes.varint(name * KINDS + DIFFERENCE);
      bytes.signed(step);
      bytes.signed(digits - last.digits);
      last.digits = digits;
      return;
    }
    const found = findDigits(number);
    bytes.varint(name * KINDS + (found ? DIGITS : DOUBLE));
    bytes.signed(step);
    if (found) {
      bytes.varint(found.decimals);
      bytes.signed(found.digits);
      this.#last.set(name, found);
    } else bytes.double(number);
  }

  /** Gives what was added, if anything was, and begins anew. */
  take(): Piece | undefined {
    if (this.#count === 0) return undefined;
    this.#head.varint(MARK);
    this.#head.varint(this.#count);
    this.#head.varint(this.#start);
    const piece = { bytes: this.#bytes.take(this.#head), count: this.#count, start: this.#start, until: this.#until };
    this.#last.clear();
    this.#count = 0;
    return piece;
  }
}

function findDigits(number: number): Last | undefined {
  for (let decimals = 0; decimals <= MOST_DECIMALS; decimals++) {
    const digits = toDigits(number, decimals);
    if (!Number.isNaN(digits)) return { decimals, digits };
  }
  return undefined;
}

/** Goes through pieces that stand one after the other. Throws a StoreError `failed` where they are damaged. */
export class PieceCursor implements ChangeCursor {
  readonly #bytes: ByteReader;
  readonly #last = new Map<number, Last>();
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
