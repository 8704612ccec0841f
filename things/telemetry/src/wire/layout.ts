import type { Members } from '@thingwright/core';
import { DecimalReader } from './decimal-reader.js';

const QUOTE = 34;
const BACKSLASH = 92;
const FIRST_PRINTABLE = 32;
const LAST_PRINTABLE = 126;
/** A longer part of a text keeps the whole of it in memory. */
const COPIED_LENGTH = 12;

/** Used for one number at a time. */
const decimals = new DecimalReader();

/** An array or object. */
export type Container = unknown[] | Record<string, unknown>;

/** An array or object in a frame. */
export interface Part {
  /** The place of what it is in: 0 is the frame, 1 the first of the parts. */
  readonly within: number;
  /** Its name there, or its place among items. */
  readonly name: string | number;
  /** One as it was written once. */
  readonly example: Container;
}

/** Where a number or string stands. */
export interface Slot {
  /** The bytes since the slot before. */
  readonly before: Uint8Array;
  readonly isNumber: boolean;
  /** The place of what it is in, as that of a {@link Part}. */
  readonly within: number;
  readonly name: string | number;
}

/** What frames have in common that differ in their numbers and strings alone. */
export interface LayoutParts {
  readonly example: Members;
  /** Each after what it is in. */
  readonly parts: readonly Part[];
  /** In the order of the bytes. */
  readonly slots: readonly Slot[];
  /** The bytes after the last slot. */
  readonly after: Uint8Array;
}

/** A frame that was read. */
export interface Sample {
  readonly frame: Members;
  /** What it is written as. */
  readonly text: string;
}

/**
 * How a device writes its frames. It prints the same names in the same order each time: what lies between the values is compared, and
 * they are read where they stand, which takes less than half the time of `JSON.parse`.
 */
export class Layout {
  readonly #example: Members;
  readonly #parts: readonly Part[];
  readonly #slots: readonly Slot[];
  readonly #after: Uint8Array;
  /** Of the frame that is read, by slot: its number, or where its string begins and ends. */
  readonly #numbers: Float64Array;
  readonly #begins: Uint32Array;
  readonly #ends: Uint32Array;
  /** Of that frame, by place. */
  readonly #made: Container[] = [];

  constructor({ example, parts, slots, after }: LayoutParts) {
    this.#example = example;
    this.#parts = parts;
    this.#slots = slots;
    this.#after = after;
    this.#numbers = new Float64Array(slots.length);
    this.#begins = new Uint32Array(slots.length);
    this.#ends = new Uint32Array(slots.length);
  }

  /**
   * What `JSON.parse` makes of a frame that is written so, all of it ASCII and nothing escaped. Undefined for any other: that may be
   * right, but has to be read in another way.
   */
  read(bytes: Buffer): Sample | undefined {
    if (!this.#fits(bytes)) return undefined;
    const text = bytes.toString('latin1');
    return { frame: this.#make(bytes, text), text };
  }

  #fits(bytes: Buffer): boolean {
    const slots = this.#slots;
    let at = 0;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i];
      if (!slot) return false;
      const begin = skip(bytes, at, slot.before);
      if (begin < 0) return false;
      at = slot.isNumber ? decimals.read(bytes, begin) : stringEnd(bytes, begin);
      if (at < 0) return false;
      this.#numbers[i] = decimals.value;
      this.#begins[i] = begin + 1;
      this.#ends[i] = at - 1;
    }
    return skip(bytes, at, this.#after) === bytes.length;
  }

  #make(bytes: Buffer, text: string): Members {
    const made = this.#made;
    const frame: Record<string, unknown> = { ...this.#example };
    made[0] = frame;
    for (let i = 0; i < this.#parts.length; i++) {
      const part = this.#parts[i];
      if (part) made[i + 1] = put(made[part.within], part.name, copyOf(part.example));
    }
    for (let i = 0; i < this.#slots.length; i++) {
      const slot = this.#slots[i];
      const begin = this.#begins[i] ?? 0;
      const end = this.#ends[i] ?? 0;
      if (!slot) continue;
      if (slot.isNumber) put(made[slot.within], slot.name, this.#numbers[i]);
      else if (end - begin <= COPIED_LENGTH) put(made[slot.within], slot.name, text.slice(begin, end));
      else put(made[slot.within], slot.name, bytes.toString('latin1', begin, end));
    }
    return frame;
  }
}

const copyOf = (example: Container): Container => (Array.isArray(example) ? example.slice() : { ...example });

function put<Value>(into: Container | undefined, name: string | number, value: Value): Value {
  if (Array.isArray(into)) into[Number(name)] = value;
  else if (into) into[name] = value;
  return value;
}

/** Where what stands there ends, if it is what is expected; -1 if it is not. */
function skip(bytes: Buffer, begin: number, expected: Uint8Array): number {
  for (let i = 0; i < expected.length; i++) if (bytes[begin + i] !== expected[i]) return -1;
  return begin + expected.length;
}

/** Where a string ends that begins there, quotes included; -1 if there is none that can be taken as it is. */
function stringEnd(bytes: Buffer, begin: number): number {
  if (bytes[begin] !== QUOTE) return -1;
  for (let at = begin + 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at + 1;
    if (byte < FIRST_PRINTABLE || byte > LAST_PRINTABLE || byte === BACKSLASH) return -1;
  }
  return -1;
}
