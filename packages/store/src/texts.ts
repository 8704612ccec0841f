import { share } from './share.js';

/** Texts in UTF-8, one after the other, and where each of them ends. */
export interface Texts {
  readonly utf8: Uint8Array;
  readonly ends: Uint32Array;
}

const FIRST_CAPACITY = 16_384;
const FIRST_COUNT = 256;
/** Bytes that a UTF-16 unit becomes, at most. */
const PER_UNIT = 3;

/** Gathers texts: written down at once, they are neither kept as objects nor copied one by one to another thread. */
export class TextBuffer {
  #utf8 = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  #length = 0;
  #ends = new Uint32Array(FIRST_COUNT);
  #count = 0;

  /** Bytes. */
  get length(): number {
    return this.#length;
  }

  push(text: string): void {
    const needed = this.#length + text.length * PER_UNIT;
    if (needed > this.#utf8.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#utf8.length * 2));
      this.#utf8.copy(grown, 0, 0, this.#length);
      this.#utf8 = grown;
    }
    if (this.#count === this.#ends.length) {
      const grown = new Uint32Array(this.#count * 2);
      grown.set(this.#ends);
      this.#ends = grown;
    }
    this.#length += this.#utf8.write(text, this.#length);
    this.#ends[this.#count++] = this.#length;
  }

  /** Gives all that was taken, and is empty again. */
  take(): Texts {
    const utf8 = new Uint8Array(share(this.#utf8.subarray(0, this.#length)));
    const ends = new Uint32Array(share(this.#ends.subarray(0, this.#count)));
    this.#length = 0;
    this.#count = 0;
    return { utf8, ends };
  }
}

/** No bytes. */
export const EMPTY: Uint8Array = new Uint8Array(0);

/** The text of a place, in UTF-8. */
export const utf8At = ({ utf8, ends }: Texts, place: number): Uint8Array =>
  utf8.subarray(place === 0 ? 0 : ends[place - 1], ends[place] ?? 0);

/** Reads UTF-8. */
export const toText = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  byteLength === 0 ? '' : Buffer.from(buffer, byteOffset, byteLength).toString();
