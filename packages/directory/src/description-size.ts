import { ThingError } from '@thingwright/core';

/** How much a TD may be. */
export interface SizeLimits {
  /** Bytes of its JSON in UTF-8. Default 512 KiB. */
  readonly bytes: number;
  /** Arrays and objects inside each other. Default 40: schemas are walked by functions that call themselves. */
  readonly depth: number;
  /** Values in it, of any kind: each may be a schema. Default 20,000. */
  readonly values: number;
}

/** The default of {@link SizeLimits}. */
export const SIZE_LIMITS: SizeLimits = { bytes: 524_288, depth: 40, values: 20_000 };

/** Looks how large a stranger's TD is, before anything else does. @throws ThingError `tooLarge` beyond a limit. */
export function checkSize(given: unknown, { bytes, depth: most, values: mostValues }: SizeLimits = SIZE_LIMITS): void {
  // Without calling itself, for it may be deep.
  const waiting: (readonly [value: unknown, depth: number])[] = [[given, 0]];
  let values = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [value, depth] = next;
    if (++values > mostValues) throw new ThingError('tooLarge', `The TD has more than ${mostValues} values`);
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= most) throw new ThingError('tooLarge', `The TD is nested more than ${most} deep`);
    for (const inner of Object.values(value)) waiting.push([inner, depth + 1]);
  }
  if (Buffer.byteLength(JSON.stringify(given) ?? '') > bytes) {
    throw new ThingError('tooLarge', `The TD has more than ${bytes} bytes`);
  }
}
