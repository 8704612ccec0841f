import type { ChangeCursor } from '../change-cursor.js';

/** What the numbers of one property come to in a minute; `minute` counts from 1970. */
export type MinuteSum = readonly [minute: number, count: number, sum: number, min: number, max: number];

/** Microseconds. */
export const MINUTE = 60_000_000;

/** By the key of a property, its minutes, oldest first. */
export type Minutes = Readonly<Record<string, readonly MinuteSum[]>>;

/** The minute of a moment. */
export const minuteOf = (micros: number): number => Math.floor(micros / MINUTE);

/**
 * Sums up the numbers of changes, minute by minute; undefined if there are none. `start` and `until` are the moments of the first
 * and the last, in microseconds since 1970.
 */
export function minutesOf(
  cursor: ChangeCursor,
): { readonly start: number; readonly until: number; readonly text: string } | undefined {
  const minutes: Record<string, [number, number, number, number, number][]> = {};
  let start = Number.POSITIVE_INFINITY;
  let until = 0;
  while (cursor.next()) {
    const { name, micros, number: value } = cursor;
    if (Number.isNaN(value)) continue;
    const minute = minuteOf(micros);
    start = Math.min(start, micros);
    until = Math.max(until, micros);
    const list = minutes[name] ?? [];
    minutes[name] = list;
    const last = list.at(-1);
    if (last?.[0] === minute) {
      last[1]++;
      last[2] += value;
      last[3] = Math.min(last[3], value);
      last[4] = Math.max(last[4], value);
    } else {
      list.push([minute, 1, value, value, value]);
    }
  }
  return until === 0 ? undefined : { start, until, text: JSON.stringify(minutes) };
}
