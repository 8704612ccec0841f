import { StoreError } from './engine/store-error.js';
import type { ChangeColumns } from './group.js';

/** The changes of a group as the log keeps them: two values, whatever the number of changes and Things. */
export interface Segment {
  /**
   * Words of 32 bits (form, changes, reports, texts, bytes of invokers, 0); moments of reports and numbers of 64 bits; of reports the
   * places of their first changes and the keys of their Things, then keys of names and ends of texts, each of 32 bits; and the
   * invokers as JSON. Little-endian.
   */
  readonly columns: Uint8Array;
  /** One after the other, UTF-8. */
  readonly texts: Uint8Array;
}

/** The form of a segment. Read in the other order of bytes it is a form that there is not. */
const FORM = 2;
const HEAD = 6;
/** What older releases wrote: moments and keys of Things for each change, after four words. */
const FORM_OF_CHANGES = 1;
const HEAD_OF_CHANGES = 4;
const WORD = 4;
const DOUBLE = 8;

/** Writes changes. */
export function encodeSegment({ things, names, micros, numbers, texts, invokers }: ChangeColumns): Segment {
  const reports = findReports(things, micros);
  const told = Buffer.from(invokers.length > 0 ? JSON.stringify(invokers) : '');
  const head = Uint32Array.of(FORM, things.length, reports.places.length, texts.ends.length, told.length, 0);
  const parts = [head, reports.micros, numbers, reports.places, reports.things, names, texts.ends, told];
  const columns = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    columns.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return { columns, texts: texts.utf8 };
}

/** Changes of one Thing whose moments follow one another; by columns, for each its first place, and the Thing and moment there. */
interface Reports {
  readonly places: Uint32Array;
  readonly things: Uint32Array;
  readonly micros: Float64Array;
}

function findReports(things: Uint32Array, micros: Float64Array): Reports {
  const most = things.length;
  const found = { places: new Uint32Array(most), things: new Uint32Array(most), micros: new Float64Array(most) };
  let count = 0;
  let thing = 0;
  let next = Number.NaN;
  for (let place = 0; place < most; place++) {
    const moment = micros[place] ?? 0;
    if (moment !== next || thing !== things[place]) {
      thing = things[place] ?? 0;
      found.places[count] = place;
      found.things[count] = thing;
      found.micros[count++] = moment;
    }
    next = moment + 1;
  }
  return {
    places: found.places.subarray(0, count),
    things: found.things.subarray(0, count),
    micros: found.micros.subarray(0, count),
  };
}

/** Reads what {@link encodeSegment} wrote, of older releases too. @throws StoreError `failed` for anything else. */
export function decodeSegment({ columns, texts: utf8 }: Segment): ChangeColumns {
  // A copy begins where words of 64 bits can.
  const { buffer } = new Uint8Array(columns);
  const changes = buffer.byteLength < HEAD * WORD ? undefined : decode(buffer, utf8);
  if (!changes || (changes.texts.ends.at(-1) ?? 0) !== utf8.length) throw damaged();
  return changes;
}

function decode(buffer: ArrayBuffer, utf8: Uint8Array): ChangeColumns | undefined {
  const [form] = new Uint32Array(buffer, 0, 1);
  if (form === FORM) return decodeReports(buffer, utf8);
  return form === FORM_OF_CHANGES ? decodeChanges(buffer, utf8) : undefined;
}

function decodeReports(buffer: ArrayBuffer, utf8: Uint8Array): ChangeColumns | undefined {
  const [, count = 0, reportCount = 0, textCount = 0, told = 0] = new Uint32Array(buffer, 0, HEAD);
  const numbers = HEAD * WORD + reportCount * DOUBLE;
  const places = numbers + count * DOUBLE;
  const names = places + 2 * reportCount * WORD;
  const ends = names + count * WORD;
  const end = ends + textCount * WORD;
  if (end + told !== buffer.byteLength) return undefined;
  const reports = {
    places: new Uint32Array(buffer, places, reportCount),
    things: new Uint32Array(buffer, places + reportCount * WORD, reportCount),
    micros: new Float64Array(buffer, HEAD * WORD, reportCount),
  };
  if (!isWhole(reports, count)) return undefined;
  return {
    ...spread(reports, count),
    numbers: new Float64Array(buffer, numbers, count),
    names: new Uint32Array(buffer, names, count),
    texts: { utf8, ends: new Uint32Array(buffer, ends, textCount) },
    invokers: readInvokers(buffer, end),
  };
}

/** Whether each change is of one report, and each report has changes. */
const isWhole = ({ places }: Reports, count: number): boolean =>
  places.every((place, i) => place < (places[i + 1] ?? count)) && (places[0] ?? count) === 0;

/** The Things and moments of all changes again. */
function spread(reports: Reports, count: number): Pick<ChangeColumns, 'things' | 'micros'> {
  const things = new Uint32Array(count);
  const micros = new Float64Array(count);
  for (const [i, from] of reports.places.entries()) {
    const to = reports.places[i + 1] ?? count;
    const first = reports.micros[i] ?? 0;
    things.fill(reports.things[i] ?? 0, from, to);
    for (let place = from; place < to; place++) micros[place] = first + place - from;
  }
  return { things, micros };
}

function decodeChanges(buffer: ArrayBuffer, utf8: Uint8Array): ChangeColumns | undefined {
  const [, count = 0, textCount = 0, told = 0] = new Uint32Array(buffer, 0, HEAD_OF_CHANGES);
  const numbers = HEAD_OF_CHANGES * WORD + count * DOUBLE;
  const things = numbers + count * DOUBLE;
  const ends = things + 2 * count * WORD;
  const end = ends + textCount * WORD;
  if (end + told !== buffer.byteLength) return undefined;
  return {
    micros: new Float64Array(buffer, HEAD_OF_CHANGES * WORD, count),
    numbers: new Float64Array(buffer, numbers, count),
    things: new Uint32Array(buffer, things, count),
    names: new Uint32Array(buffer, things + count * WORD, count),
    texts: { utf8, ends: new Uint32Array(buffer, ends, textCount) },
    invokers: readInvokers(buffer, end),
  };
}

const readInvokers = (buffer: ArrayBuffer, from: number): ChangeColumns['invokers'] =>
  from === buffer.byteLength ? [] : JSON.parse(Buffer.from(buffer, from).toString());

const damaged = (): StoreError => new StoreError('failed', 'A group in the log of the store is damaged');
