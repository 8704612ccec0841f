import type { Members } from '@thingwright/core';
import { DecimalReader } from './decimal-reader.js';

const QUOTE = 34;
const BACKSLASH = 92;
const FIRST_PRINTABLE = 32;
const LAST_PRINTABLE = 126;
/** A part of a text with more characters, these quotes included, keeps the whole of it in memory. */
const COPIED_LENGTH = 14;

/** Used for one number at a time. */
const decimals = new DecimalReader();

/** An array or object. */
type Container = unknown[] | Record<string, unknown>;

/** A value in a frame. */
export interface Member {
  /** Which array or object it is in, in the order in which they begin; the frame is 0. */
  readonly within: number;
  /** Its name there; of an item its place. */
  readonly name: string | number;
  /** A slot is a number or string, and differs from frame to frame; what is none of these does not. */
  readonly kind: 'slot' | 'object' | 'array' | 'constant';
  /** Of an array how many items it has. */
  readonly length: number;
  /** Of a constant. */
  readonly value: unknown;
}

/** Where a number or string stands. */
export interface Slot {
  /** The bytes since the slot before. */
  readonly before: Uint8Array;
  readonly isNumber: boolean;
}

/** What frames have in common that differ in their numbers and strings alone; all in the order of the bytes. */
export interface LayoutParts {
  readonly members: readonly Member[];
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
 * they are read where they stand, in half the time that it takes to parse a frame and go through what was parsed.
 */
export class Layout {
  /** Whether it read anything since somebody set this to false. */
  hasRead = false;
  readonly #members: readonly Member[];
  readonly #slots: readonly Slot[];
  readonly #after: Uint8Array;
  /** Of the frame that is read, by slot: its number, and where it begins and ends. */
  readonly #numbers: Float64Array;
  readonly #begins: Uint32Array;
  readonly #ends: Uint32Array;

  constructor({ members, slots, after }: LayoutParts) {
    this.#members = members;
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
    this.hasRead = true;
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
      this.#begins[i] = begin;
      this.#ends[i] = at;
    }
    return skip(bytes, at, this.#after) === bytes.length;
  }

  /**
   * Member by member: to copy an example is faster, but when somebody adds a member to a copy, V8 11 makes a map for it alone, which takes
   * longer than all of this.
   */
  #make(bytes: Buffer, text: string): Members {
    const frame: Record<string, unknown> = {};
    const containers: Container[] = [frame];
    let container = 0;
    let slot = 0;
    for (let i = 0; i < this.#members.length; i++) {
      const member = this.#members[i];
      if (!member) continue;
      let { value } = member;
      if (member.kind === 'slot') value = this.#valueOf(slot++, bytes, text);
      else if (member.kind === 'object') value = containers[++container] = {};
      else if (member.kind === 'array') value = containers[++container] = new Array(member.length);
      const into = containers[member.within];
      if (Array.isArray(into)) into[Number(member.name)] = value;
      else if (into) into[member.name] = value;
    }
    return frame;
  }

  #valueOf(slot: number, bytes: Buffer, text: string): number | string {
    const begin = this.#begins[slot] ?? 0;
    const end = this.#ends[slot] ?? 0;
    if (this.#slots[slot]?.isNumber) {
      const number = this.#numbers[slot] ?? 0;
      return Number.isNaN(number) ? Number(text.slice(begin, end)) : number;
    }
    return end - begin > COPIED_LENGTH ? bytes.toString('latin1', begin + 1, end - 1) : text.slice(begin + 1, end - 1);
  }
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
