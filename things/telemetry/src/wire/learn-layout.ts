import { isAscii } from 'node:buffer';
import { isMembers, type Members } from '@thingwright/core';
import { Layout, type Member, type Slot } from './layout.js';

const QUOTE = '"'.charCodeAt(0);
/** What comes before a name or a value; which one it is, the parsed frame tells. */
const BEFORE_VALUES = new Set(Buffer.from(' {[:,'));
const AFTER_NUMBERS = new Set(Buffer.from(' ,]}'));
/**
 * Names that are not like others, wherever they stand: the prototype, and numbers, for up to which V8 takes memory when a member is added
 * by itself.
 */
const UNLIKE_NAMES = /"(__proto__|\d+)" *:/;
/** Longer frames are not known by heart. */
const MOST_BYTES = 4096;

/**
 * Learns how a frame is written, which has to be one JSON object in which nothing is escaped and no name stands twice. Undefined where
 * a {@link Layout} could not read that frame again.
 */
export function learnLayout(bytes: Buffer): Layout | undefined {
  if (bytes.length > MOST_BYTES || !isAscii(bytes)) return undefined;
  const text = bytes.toString('latin1');
  const frame: unknown = JSON.parse(text);
  if (!isMembers(frame) || UNLIKE_NAMES.test(text)) return undefined;
  // A copy: what is read from a socket is soon something else.
  const layout = new Walk(Buffer.from(bytes)).learn(frame);
  return layout.read(bytes) ? layout : undefined;
}

/** Goes once through a frame, with what was parsed from it. */
class Walk {
  readonly #bytes: Buffer;
  readonly #members: Member[] = [];
  readonly #slots: Slot[] = [];
  #containers = 1;
  #at = 0;
  /** Where the slot before ends. */
  #since = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  learn(frame: Members): Layout {
    this.#object(frame, 0);
    return new Layout({ members: this.#members, slots: this.#slots, after: this.#bytes.subarray(this.#since) });
  }

  #object(members: Members, within: number): void {
    while (this.#next() === QUOTE) {
      const begin = this.#at + 1;
      this.#at = this.#bytes.indexOf(QUOTE, begin) + 1;
      const name = this.#bytes.toString('latin1', begin, this.#at - 1);
      this.#next();
      this.#value(members[name], within, name);
    }
    this.#at++;
  }

  #array(items: readonly unknown[], within: number): void {
    for (const [place, item] of items.entries()) {
      this.#next();
      this.#value(item, within, place);
    }
    this.#next();
    this.#at++;
  }

  #value(value: unknown, within: number, name: string | number): void {
    const known = { within, name, length: Array.isArray(value) ? value.length : 0, value: undefined };
    if (typeof value === 'number' || typeof value === 'string') {
      this.#members.push({ ...known, kind: 'slot' });
      this.#slot(typeof value === 'number');
    } else if (Array.isArray(value)) {
      this.#members.push({ ...known, kind: 'array' });
      this.#array(value, this.#containers++);
    } else if (isMembers(value)) {
      this.#members.push({ ...known, kind: 'object' });
      this.#object(value, this.#containers++);
    } else {
      this.#members.push({ ...known, kind: 'constant', value });
      this.#at += String(value).length;
    }
  }

  #slot(isNumber: boolean): void {
    this.#slots.push({ before: this.#bytes.subarray(this.#since, this.#at), isNumber });
    if (isNumber) while (this.#at < this.#bytes.length && !AFTER_NUMBERS.has(this.#bytes[this.#at] ?? 0)) this.#at++;
    else this.#at = this.#bytes.indexOf(QUOTE, this.#at + 1) + 1;
    this.#since = this.#at;
  }

  /** Goes on to a name or a value, or to the end of what they are in. */
  #next(): number | undefined {
    while (BEFORE_VALUES.has(this.#bytes[this.#at] ?? 0)) this.#at++;
    return this.#bytes[this.#at];
  }
}
