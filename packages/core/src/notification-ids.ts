import { v5 as uuidOfName } from 'uuid';

/** The namespace (RFC 9562, section 6.6) in which Things' ids become the beginnings of their notifications' ids. */
const NAMESPACE = '6f9f2c1e-0a7b-4c53-9d0e-2b6f7f1a4c80';

const HIGH = 2 ** 32;
const MASK_28 = 0xfffffff;
const MOMENT_DIGITS = 15;

/** The last fifteen digits, with the hyphen that stands among them. */
const TAIL = /^([0-9a-f]{3})-([0-9a-f]{12})$/;

/**
 * The ids of a Thing's notifications. An id is made of the Thing and the moment of the change, which is unique in its Thing, and
 * tells that moment again: so nothing needs to keep it, and the same change has the same id after a restart. It has the form of
 * a UUIDv4, as the Web Thing Protocol wants `messageID`; neither secrecy nor chance is in it.
 */
export class NotificationIDs {
  readonly #head: string;
  readonly #keys: readonly number[];

  /** `thing` is the id of the Thing. */
  constructor(thing: string) {
    const name = uuidOfName(thing, NAMESPACE);
    this.#head = `${name.slice(0, 14)}4${name.slice(15, 20)}`;
    this.#keys = [name.slice(0, 8), name.slice(24, 32), name.slice(28, 36)].map((digits) =>
      Number.parseInt(digits, 16),
    );
  }

  /** The id of the change of that moment, in microseconds since 1970. */
  of(micros: number): string {
    let high = Math.floor(micros / HIGH) & MASK_28;
    let low = (micros % HIGH) | 0;
    for (const key of this.#keys) {
      high ^= scramble(low, key) & MASK_28;
      low ^= scramble(high, ~key);
    }
    const digits = high.toString(16).padStart(7, '0') + (low >>> 0).toString(16).padStart(8, '0');
    return `${this.#head}${digits.slice(0, 3)}-${digits.slice(3)}`;
  }

  /** The moment of the change that has that id, in microseconds since 1970; undefined for ids of others. */
  momentOf(id: string): number | undefined {
    if (!id.startsWith(this.#head)) return undefined;
    const [, first, rest] = TAIL.exec(id.slice(this.#head.length)) ?? [];
    if (first === undefined || rest === undefined) return undefined;
    const digits = first + rest;
    let high = Number.parseInt(digits.slice(0, MOMENT_DIGITS - 8), 16);
    let low = Number.parseInt(digits.slice(MOMENT_DIGITS - 8), 16) | 0;
    for (let i = this.#keys.length - 1; i >= 0; i--) {
      const key = this.#keys[i] ?? 0;
      low ^= scramble(high, ~key);
      high ^= scramble(low, key) & MASK_28;
    }
    return high * HIGH + (low >>> 0);
  }
}

/** Mixes 32 bits: what differs in one differs in about half. */
function scramble(bits: number, key: number): number {
  let mixed = Math.imul(bits ^ key, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
