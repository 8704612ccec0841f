/** A change as it is written: key of its name, microseconds after its row's moment, value, invoker; 0 at the end for no value. */
export type WrittenChange =
  | readonly [name: number, offset: number]
  | readonly [name: number, offset: number, value: unknown]
  | readonly [name: number, offset: number, value: unknown, invoker: string]
  | readonly [name: number, offset: number, value: null, invoker: string, valueless: 0];

/** The changes of one Thing in one group: the moment of the first, and the changes. */
export type WrittenRow = readonly [first: number, ...changes: WrittenChange[]];

/** A change as it is read back. */
export interface ReadChange {
  /** Key of its name. */
  readonly name: number;
  /** Microseconds since 1970. */
  readonly micros: number;
  readonly value: unknown;
  readonly invoker: string | undefined;
}

/** Reads rows that stand one after the other, with commas between. */
export function parseRows(text: string): readonly WrittenRow[] {
  return JSON.parse(`[${text}]`);
}

/** Writes rows as {@link parseRows} reads them. */
export const rowsToText = (rows: readonly WrittenRow[]): string => JSON.stringify(rows).slice(1, -1);

/** The changes of rows, in their order. */
export function* changesOf(rows: readonly WrittenRow[]): Generator<ReadChange> {
  for (const [first, ...changes] of rows) {
    for (const change of changes) {
      const [name, offset, value, invoker] = change;
      yield {
        name,
        micros: first + offset,
        value: change.length === 2 || change.length === 5 ? undefined : value,
        invoker,
      };
    }
  }
}
