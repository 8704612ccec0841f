import { type ChangeCursor, jsonAt } from './change-cursor.js';
import { toText } from './texts.js';

/** The latest that was told of a name. */
export interface Told {
  micros: number;
  number: number;
  utf8: Uint8Array;
}

/** The latest of each name, by their keys. */
export function latestOf(cursor: ChangeCursor): ReadonlyMap<number, Told> {
  const told = new Map<number, Told>();
  while (cursor.next()) {
    const { name, micros, number, utf8 } = cursor;
    told.set(name, { micros, number, utf8 });
  }
  return told;
}

/**
 * How a Thing stands after something was told, as JSON: by the key of a property, its value and moment. `before` is how it stood;
 * `properties` are the keys of all.
 */
export function standingAfter(
  before: string,
  told: ReadonlyMap<number, Told>,
  properties: ReadonlySet<number>,
): string {
  const known: Record<string, readonly [value: unknown, micros: number]> = JSON.parse(before);
  const parts: string[] = [];
  for (const [name, each] of Object.entries(known)) {
    if (!told.has(Number(name))) parts.push(`"${name}":${JSON.stringify(each)}`);
  }
  for (const [name, { micros, number, utf8 }] of told) {
    if (!properties.has(name)) continue;
    parts.push(`"${name}":[${jsonAt({ number, text: toText(utf8) })},${micros}]`);
  }
  return `{${parts.join()}}`;
}
