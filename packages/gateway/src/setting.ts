import { readFile } from 'node:fs/promises';
import { ThingError } from '@thingwright/core';

/** A value that was given, and by what. */
export interface Given {
  readonly value: unknown;
  readonly source: string;
}

/** Reads a value. @throws ThingError `invalid` that names where it came from, and the value if it is no secret. */
export type Parse<T> = (given: Given) => T;

/** Refuses a value. */
export function refuse({ value, source }: Given, why: string): never {
  const shown = /token|secret|database/i.test(source) ? 'its value' : JSON.stringify(value);
  throw new ThingError('invalid', `${source}: ${shown} is ${why}`);
}

/** A whole number, also as digits. */
export function number({
  least,
  most,
  what,
}: {
  readonly least: number;
  readonly most: number;
  readonly what: string;
}): Parse<number> {
  return (given) => {
    const { value } = given;
    const read = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof read !== 'number' || !Number.isInteger(read) || read < least || read > most)
      return refuse(given, `not ${what}`);
    return read;
  };
}

const UNITS = { '': 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** A count of bytes, also with a unit: `50GB`, `1.5 TiB`. */
export const bytes: Parse<number> = (given) => {
  const [, count = '', unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]*)$/.exec(String(given.value)) ?? [];
  const factor = Object.entries(UNITS).find(([name]) => name.toLowerCase() === unit.toLowerCase())?.[1];
  const read = count === '' || factor === undefined ? Number.NaN : Math.floor(Number(count) * factor);
  return Number.isSafeInteger(read) ? read : refuse(given, 'not a count of bytes such as 50GB');
};

/** A text that fits. */
export function text(fits: (value: string) => boolean, what: string): Parse<string> {
  return (given) => (typeof given.value === 'string' && fits(given.value) ? given.value : refuse(given, `not ${what}`));
}

/** A JSON array, an option given several times, or one text with commas. */
export function list(fits: (value: string) => boolean, what: string): Parse<readonly string[]> {
  return (given) => {
    const items: readonly unknown[] = [given.value].flat();
    return items
      .flatMap((item) => (typeof item === 'string' ? item.split(',') : refuse(given, `not ${what}`)))
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map((item) => (fits(item) ? item : refuse({ ...given, value: item }, `not ${what}`)));
  };
}

/** True or false, also as text, 1 or 0. */
export function truth(given: Given): boolean {
  const { value } = given;
  if (value === true || value === 'true' || value === '1') return true;
  if (value === false || value === 'false' || value === '0') return false;
  return refuse(given, 'neither true nor false');
}

/** One of a few texts. */
export function oneOf<const T extends string>(choices: readonly T[]): Parse<T> {
  return (given) =>
    choices.find((choice) => choice === given.value) ?? refuse(given, `not one of ${choices.join(', ')}`);
}

/** The text of a file that a setting names. */
export async function readText(given: Given): Promise<string> {
  try {
    return await readFile(String(given.value), 'utf8');
  } catch {
    return refuse(given, 'a file that cannot be read');
  }
}
