import { StoreError } from './engine/store-error.js';

const FIRST_CAPACITY = 1024;
/** Bytes of the longest varint, and of a float64, generously. */
const LONGEST = 10;
const SIGNED_32 = 2 ** 31;

/** Bytes that grow at their end. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** A whole number from 0 to 2^53: 7 bits a byte, the lowest first; bit 8 says that there are more. */
  varint(value: number): void {
    this.#reserve(LONGEST);
    let rest = value;
    while (rest >= SIGNED_32) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** A whole number from -2^52 to 2^52, so that small ones are short: 0, -1, 1, -2 … as 0, 1, 2, 3. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  double(value: number): void {
    this.#reserve(LONGEST);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  /** Bytes, with their number before them. */
  counted(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Gives all that was written after a head, and is empty again. */
  take(head: ByteWriter): Uint8Array {
    const bytes = Buffer.concat([head.#bytes.subarray(0, head.#length), this.#bytes.subarray(0, this.#length)]);
    head.#length = 0;
    this.#length = 0;
    return bytes;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }
}

/** Reads what a {@link ByteWriter} wrote. Everything throws a StoreError `failed` where there is no such thing. */
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
