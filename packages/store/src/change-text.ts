import type { ChangeCursor } from './change-cursor.js';
import type { ColumnChange } from './group.js';

/** A change as text has it: key of its name, microseconds after its row's moment, value, invoker; 0 at the end for no value. */
type WrittenChange =
  | readonly [name: number, offset: number]
  | readonly [name: number, offset: number, value: unknown]
  | readonly [name: number, offset: number, value: unknown, invoker: string]
  | readonly [name: number, offset: number, value: null, invoker: string, valueless: 0];

/** The changes of one Thing in one group: the moment of the first, and the changes. */
type WrittenRow = readonly [first: number, ...changes: WrittenChange[]];

/** Reads rows that stand one after the other, with commas between. */
function parseRows(text: string): readonly WrittenRow[] {
  return JSON.parse(`[${text}]`);
}

/** Goes through changes that are kept as text. */
export class TextCursor implements ChangeCursor {
  readonly #rows: readonly WrittenRow[];
  #row = 0;
  #place = 0;
  name = 0;
  micros = 0;
  number = Number.NaN;
  text = '';
  invoker: string | undefined;

  constructor(text: string) {
    this.#rows = parseRows(text);
  }

  next(): boolean {
    const row = this.#rows[this.#row];
    if (!row) return false;
    const change = row[++this.#place];
    if (!Array.isArray(change)) {
      this.#row++;
      this.#place = 0;
      return this.next();
    }
    const [name, offset, value, invoker] = change;
    const isValueless = change.length === 2 || change.length === 5;
    this.name = name;
    this.micros = row[0] + offset;
    this.number = typeof value === 'number' ? value : Number.NaN;
    this.text = isValueless || typeof value === 'number' ? '' : JSON.stringify(value);
    this.invoker = invoker;
    return true;
  }

  get utf8(): Uint8Array {
    return Buffer.from(this.text);
  }
}

/** Changes of a Thing that are kept as text. */
export function changesInText(thing: number, rows: string): readonly ColumnChange[] {
  const changes: ColumnChange[] = [];
  const cursor = new TextCursor(rows);
  while (cursor.next()) {
    const { name, micros, number, text, invoker } = cursor;
    changes.push({ thing, name, micros, number, text, invoker });
  }
  return changes;
}
