/** Goes through changes of one Thing, oldest first, wherever they are kept. Before the first `next` it stands nowhere. */
export interface ChangeCursor {
  /** Steps to the next change; false at the end. */
  next(): boolean;
  /** Key of its name. */
  readonly name: number;
  /** Microseconds since 1970. */
  readonly micros: number;
  /** Its value if that is a number, else NaN. */
  readonly number: number;
  /** Its value as JSON if that is no number, empty for no value; and the same in UTF-8. */
  readonly text: string;
  readonly utf8: Uint8Array;
  /** Whose invocation it tells about. */
  readonly invoker: string | undefined;
}

/** A change as it is read back. */
export interface ReadChange extends Pick<ChangeCursor, 'name' | 'micros' | 'invoker'> {
  readonly value: unknown;
}

/** The value that a cursor stands at. */
export function valueAt({ number, text }: Pick<ChangeCursor, 'number' | 'text'>): unknown {
  if (!Number.isNaN(number)) return number;
  return text === '' ? undefined : JSON.parse(text);
}

/** The same as JSON; null for no value. */
export const jsonAt = ({ number, text }: Pick<ChangeCursor, 'number' | 'text'>): string =>
  Number.isNaN(number) ? text || 'null' : `${number}`;

/** The change that a cursor stands at. */
export const changeAt = (cursor: ChangeCursor): ReadChange => ({
  name: cursor.name,
  micros: cursor.micros,
  value: valueAt(cursor),
  invoker: cursor.invoker,
});
