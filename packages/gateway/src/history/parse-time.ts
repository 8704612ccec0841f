import { ThingError } from '@thingwright/core';

/** RFC 3339, section 5.6. */
const TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** Milliseconds since 1970, with parts of them, of an RFC 3339 time. @throws ThingError `invalid` that names the parameter. */
export function parseTime(text: string, parameter: string): number {
  const [, fraction = ''] = TIME.exec(text) ?? [];
  const seconds = TIME.test(text) ? Date.parse(text.replace(fraction, '').replace(' ', 'T').toUpperCase()) : Number.NaN;
  if (!(seconds >= 0)) {
    throw new ThingError('invalid', `'${parameter}' is a time such as 2026-03-04T06:17:31Z`);
  }
  return seconds + Math.round(Number(fraction === '' ? 0 : `0${fraction}`) * 1_000_000) / 1000;
}
