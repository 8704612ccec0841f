import { formatMicroseconds, toMilliseconds } from '@thingwright/core';

/** A moment (milliseconds since 1970) as RFC 3339: UTC, milliseconds. */
export const rfc3339 = (moment: number): string => toMilliseconds(formatMicroseconds(moment * 1000));
