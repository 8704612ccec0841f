import { printable } from './printable.js';

/** Lines and characters of a value that are kept. */
const MOST_LINES = 64;
const LONGEST = 256;

/** Reads what a robot says to `deviceinfo` after `ok`: lines of `key:value` (reference, section 5.3). Values are texts, and never run. */
export const readDeviceInfo = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .split('\n', MOST_LINES)
      .map((line) => [line.split(':', 1)[0] ?? '', line] as const)
      .filter(([key, line]) => key !== '' && line.length > key.length)
      .map(([key, line]) => [printable(key, LONGEST), printable(line.slice(key.length + 1), LONGEST)] as const),
  );

/** The text of such lines, with the `ok` before them. */
export const encodeDeviceInfo = (info: ReadonlyMap<string, string>): string =>
  ['ok', ...[...info].map(([key, value]) => `${key}:${value}`)].join('\n');
