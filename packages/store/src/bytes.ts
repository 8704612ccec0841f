import { StoreError } from './engine/store-error.js';

/** Bytes of the longest varint, generously. */
export const LONGEST = 10;
const SIGNED_32 = 2 ** 31;

/** Writes a whole number from 0 to 2^53: 7 bits a byte, the lowest first; bit 8 says that there are more. Gives the place after it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let place = at;
  let high = value;
  while (high >= SIGNED_32) {
    bytes[place++] = (high % 128) | 128;
    high = Math.floor(high / 128);
  }
  let rest = high | 0;
  while (rest >= 128) {
    bytes[place++] = rest | 128;
    rest >>= 7;
  }
  bytes[place++] = rest;
  return place;
}

/** Writes a whole number from -2^52 to 2^52, so that small ones are short: 0, -1, 1, -2 … as 0, 1, 2, 3. */
export const writeSigned = (bytes: Uint8Array, at: number, value: number): number =>
  writeVarint(bytes, at, value < 0 ? -2 * value - 1 : 2 * value);

/** Reads numbers and bytes, one after the other. Everything throws a StoreError `failed` where there is no such thing. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  varint(): number {
    let byte = this.#bytes[this.#at++] ?? fail();
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let factor = 128; ; factor *= 128) {
      byte = this.#bytes[this.#at++] ?? fail();
      value += (byte & 127) * factor;
      if (byte < 128) return value <= Number.MAX_SAFE_INTEGER + 1 ? value : fail();
      if (factor > Number.MAX_SAFE_INTEGER) fail();
    }
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    const at = this.#pass(8);
    return this.#bytes.readDoubleLE(at);
  }

  /** Bytes that were counted. */
  counted(): Uint8Array {
    const length = this.varint();
    const at = this.#pass(length);
    return this.#bytes.subarray(at, at + length);
  }

  #pass(length: number): number {
    const at = this.#at;
    this.#at += length;
    return this.#at <= this.#bytes.length ? at : fail();
  }
}

function fail(): never {
  throw new StoreError('failed', 'A block in the store is damaged');
}
