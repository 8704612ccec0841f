import { type ChangeCursor, jsonAt } from './change-cursor.js';

/** JSON: by the key of a property, the value that it was last told of, and its moment. */
export type LatestText = string;

/** How a Thing stands after some changes. */
export interface Standing {
  readonly count: number;
  /** The moment of the last. */
  readonly last: number;
  readonly latest: LatestText;
}

interface Told {
  micros: number;
  number: number;
  text: string;
}

/** Brings the latest values of a Thing up to date, and counts its changes. `properties` are keys of names. */
export function standAfter(cursor: ChangeCursor, before: LatestText, properties: ReadonlySet<number>): Standing {
  const told = new Map<number, Told>();
  let count = 0;
  let last = 0;
  while (cursor.next()) {
    count++;
    const { name, micros, number, text } = cursor;
    last = micros;
    const present = told.get(name);
    if (present) {
      present.micros = micros;
      present.number = number;
      present.text = text;
    } else if (properties.has(name)) told.set(name, { micros, number, text });
  }
  const known: Record<string, readonly [value: unknown, micros: number]> = JSON.parse(before);
  const rest = Object.entries(known).filter(([name]) => !told.has(Number(name)));
  const parts = rest.map(([name, each]) => `"${name}":${JSON.stringify(each)}`);
  for (const [name, each] of told) parts.push(`"${name}":[${jsonAt(each)},${each.micros}]`);
  return { count, last, latest: `{${parts.join()}}` };
}
