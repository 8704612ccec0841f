import { formatMicroseconds, toMilliseconds } from '@thingwright/core';

let lastMoment = Number.NaN;
let lastText = '';

/** A moment (milliseconds since 1970) as RFC 3339: UTC, milliseconds. Cheap for moments of the same millisecond. */
export function rfc3339(moment: number): string {
  if (moment !== lastMoment) {
    lastText = toMilliseconds(formatMicroseconds(moment * 1000));
    lastMoment = moment;
  }
  return lastText;
}
