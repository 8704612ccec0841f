import type { ChangeCursor } from './change-cursor.js';
import { TextBuffer, type Texts } from './texts.js';

/** Changes in columns, in the order in which they were taken, in memory that threads share. */
export interface ChangeColumns {
  /** Keys of Things and of names. */
  readonly things: Uint32Array;
  readonly names: Uint32Array;
  /** Microseconds since 1970. */
  readonly micros: Float64Array;
  /** NaN where the value is the next of `texts`. */
  readonly numbers: Float64Array;
  /** JSON; empty for no value. */
  readonly texts: Texts;
  /** Whose invocation a change tells about, by its place. */
  readonly invokers: readonly (readonly [place: number, invoker: string])[];
}

/** What a change costs in memory, but for its text: two keys, two numbers. */
export const CHANGE_BYTES = 24;

/** About so many bytes of memory. */
export const bytesOf = ({ micros, texts }: ChangeColumns): number => micros.length * CHANGE_BYTES + texts.utf8.length;

/** A change on its way into columns. */
export interface ColumnChange extends Pick<ChangeCursor, 'name' | 'micros' | 'number' | 'text' | 'invoker'> {
  readonly thing: number;
}

function toTexts(changes: readonly ColumnChange[]): Texts {
  const texts = new TextBuffer();
  for (const { number, text } of changes) if (Number.isNaN(number)) texts.push(text);
  return texts.take();
}

/** Puts a few changes into columns; those of a Thing in their order. */
export const toColumns = (changes: readonly ColumnChange[]): ChangeColumns => ({
  things: Uint32Array.from(changes, ({ thing }) => thing),
  names: Uint32Array.from(changes, ({ name }) => name),
  micros: Float64Array.from(changes, ({ micros }) => micros),
  numbers: Float64Array.from(changes, ({ number }) => number),
  texts: toTexts(changes),
  invokers: changes.flatMap(({ invoker }, place) => (invoker === undefined ? [] : [[place, invoker] as const])),
});

/** No change at all. */
export const NO_CHANGES: ChangeColumns = toColumns([]);

/** How an invocation stands, as a row. */
export interface InvocationRow {
  readonly id: string;
  readonly thing: number;
  readonly action: string;
  readonly state: string;
  readonly cancelled: number;
  /** JSON of a KeptInvocation. */
  readonly kept: string;
  readonly requested: number;
  readonly ended: number | null;
}

/** Who did what, as a row. Microseconds since 1970; `affordances` is JSON. */
export interface AuditRow {
  readonly micros: number;
  readonly principal: string;
  readonly address: string | null;
  readonly thing: string | null;
  readonly name: string | null;
  readonly organization: string | null;
  readonly operation: string;
  readonly affordances: string;
  readonly action_id: string | null;
  readonly result: string;
  readonly detail: string | null;
}

/** A span of time, microseconds since 1970, both ends included. */
export interface Hole {
  readonly start: number;
  readonly until: number;
}

/** What is committed at once. */
export interface Group {
  /** Which run of the process made it, and its number there; so that it is written once, however often it is tried. */
  readonly run: string;
  readonly number: number;
  readonly things: readonly { readonly key: number; readonly id: string }[];
  readonly names: readonly { readonly key: number; readonly kind: string; readonly name: string }[];
  readonly changes: ChangeColumns;
  readonly invocations: readonly InvocationRow[];
  readonly forgottenInvocations: readonly string[];
  readonly forgottenThings: readonly number[];
  readonly holes: readonly Hole[];
  readonly audit: readonly AuditRow[];
}
