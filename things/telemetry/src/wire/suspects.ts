import type { Payload } from './frame-decoder.js';

/** A value outside its physical range. */
export interface Suspect {
  /** JSON Pointer into the frame. */
  readonly path: string;
  readonly value: number;
  readonly reason: string;
}

interface Range {
  readonly minimum: number;
  readonly maximum: number;
}

const VOLTAGE: Range = { minimum: 0, maximum: 1500 };
const PERCENT: Range = { minimum: 0, maximum: 100 };
const COUNT: Range = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

const isOutside = (value: number | undefined, { minimum, maximum }: Range): value is number =>
  value !== undefined && (value < minimum || value > maximum);

/** The values of a frame that cannot be right (reference 6.1); undefined, and nothing is made, if there are none. */
export function suspectsOf({ seq, battery }: Payload): readonly Suspect[] | undefined {
  let found: Suspect[] | undefined;
  const look = (path: string, value: number | undefined, range: Range): void => {
    if (!isOutside(value, range)) return;
    found ??= [];
    found.push({ path, value, reason: `outside ${range.minimum} to ${range.maximum}` });
  };
  look('/battery/voltage', battery.voltage, VOLTAGE);
  look('/battery/soc', battery.soc, PERCENT);
  look('/battery/soh', battery.soh, PERCENT);
  look('/seq', seq, COUNT);
  return found;
}
