import { StoreError } from './engine/store-error.js';
import type { ChangeColumns } from './group.js';

/** The changes of a group as the log keeps them: two values, whatever the number of changes and Things. */
export interface Segment {
  /**
   * Words of 32 bits (form, changes, texts, bytes of invokers), moments and numbers of 64 bits, keys of Things, keys of names,
   * ends of texts, each of 32 bits, and the invokers as JSON. Little-endian.
   */
  readonly columns: Uint8Array;
  /** One after the other, UTF-8. */
  readonly texts: Uint8Array;
}

/** The form of a segment. Read in the other order of bytes it is a form that there is not. */
const FORM = 1;
const HEAD = 4;
const WORD = 4;
const DOUBLE = 8;

/** Writes changes. */
export function encodeSegment({ things, names, micros, numbers, texts, invokers }: ChangeColumns): Segment {
  const told = Buffer.from(invokers.length > 0 ? JSON.stringify(invokers) : '');
  const head = Uint32Array.of(FORM, things.length, texts.ends.length, told.length);
  const parts = [head, micros, numbers, things, names, texts.ends, told];
  const columns = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    columns.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return { columns, texts: texts.utf8 };
}

/** Reads what {@link encodeSegment} wrote. @throws StoreError `failed` for anything else. */
export function decodeSegment({ columns, texts: utf8 }: Segment): ChangeColumns {
  // A copy begins where words of 64 bits can.
  const { buffer, length } = new Uint8Array(columns);
  if (length < HEAD * WORD) throw damaged();
  const [form, count = 0, textCount = 0, told = 0] = new Uint32Array(buffer, 0, HEAD);
  const places = HEAD * WORD + count * 2 * DOUBLE;
  const end = places + (2 * count + textCount) * WORD;
  if (form !== FORM || end + told !== length) throw damaged();
  const ends = new Uint32Array(buffer, places + 2 * count * WORD, textCount);
  if ((ends.at(-1) ?? 0) !== utf8.length) throw damaged();
  return {
    micros: new Float64Array(buffer, HEAD * WORD, count),
    numbers: new Float64Array(buffer, HEAD * WORD + count * DOUBLE, count),
    things: new Uint32Array(buffer, places, count),
    names: new Uint32Array(buffer, places + count * WORD, count),
    texts: { utf8, ends },
    invokers: told === 0 ? [] : JSON.parse(Buffer.from(buffer, end).toString()),
  };
}

const damaged = (): StoreError => new StoreError('failed', 'A group in the log of the store is damaged');
