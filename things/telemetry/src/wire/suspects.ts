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
export function suspectsOf(payload: Payload): readonly Suspect[] | undefined {
  const { seq, battery } = payload;
  const isPlausible =
    !isOutside(battery.voltage, VOLTAGE) &&
    !isOutside(battery.soc, PERCENT) &&
    !isOutside(battery.soh, PERCENT) &&
    !isOutside(seq, COUNT);
  return isPlausible ? undefined : nameSuspects(payload);
}

function nameSuspects({ seq, battery }: Payload): readonly Suspect[] {
  const values: readonly (readonly [string, number | undefined, Range])[] = [
    ['/battery/voltage', battery.voltage, VOLTAGE],
    ['/battery/soc', battery.soc, PERCENT],
    ['/battery/soh', battery.soh, PERCENT],
    ['/seq', seq, COUNT],
  ];
  return values.flatMap(([path, value, range]) =>
    isOutside(value, range) ? [{ path, value, reason: `outside ${range.minimum} to ${range.maximum}` }] : [],
  );
}
