import { StoreError } from './engine/store-error.js';
import type { ChangeColumns } from './group.js';

/** The changes of a group as the log keeps them: two values, whatever the number of changes and Things. */
export interface Segment {
  /**
   * Words of 32 bits (form, changes, texts, bytes of invokers), moments and numbers of 64 bits, keys of Things, keys of names,
   * lengths of texts in UTF-16 units, each of 32 bits, and the invokers as JSON. Little-endian.
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
  const count = things.length;
  const lengths = Uint32Array.from(texts, (text) => text.length);
  const told = Buffer.from(invokers.length > 0 ? JSON.stringify(invokers) : '');
  const head = Uint32Array.of(FORM, count, texts.length, told.length);
  const parts = [head, micros, numbers, things, names, lengths, told];
  const columns = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    columns.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return { columns, texts: Buffer.from(texts.join('')) };
}

/** Reads what {@link encodeSegment} wrote. @throws StoreError `failed` for anything else. */
export function decodeSegment(segment: Segment): ChangeColumns {
  // A copy begins where words of 64 bits can.
  const { buffer, length } = new Uint8Array(segment.columns);
  if (length < HEAD * WORD) throw damaged();
  const [form, count = 0, textCount = 0, told = 0] = new Uint32Array(buffer, 0, HEAD);
  const places = HEAD * WORD + count * 2 * DOUBLE;
  const end = places + (2 * count + textCount) * WORD;
  if (form !== FORM || end + told !== length) throw damaged();
  const lengths = new Uint32Array(buffer, places + 2 * count * WORD, textCount);
  return {
    micros: new Float64Array(buffer, HEAD * WORD, count),
    numbers: new Float64Array(buffer, HEAD * WORD + count * DOUBLE, count),
    things: new Uint32Array(buffer, places, count),
    names: new Uint32Array(buffer, places + count * WORD, count),
    texts: textsOf(segment.texts, lengths),
    invokers: told === 0 ? [] : JSON.parse(Buffer.from(buffer, end).toString()),
  };
}

function textsOf({ buffer, byteOffset, byteLength }: Uint8Array, lengths: Uint32Array): readonly string[] {
  const all = Buffer.from(buffer, byteOffset, byteLength).toString();
  const texts: string[] = [];
  let at = 0;
  for (const length of lengths) {
    texts.push(all.slice(at, at + length));
    at += length;
  }
  if (at !== all.length) throw damaged();
  return texts;
}

const damaged = (): StoreError => new StoreError('failed', 'A group in the log of the store is damaged');
