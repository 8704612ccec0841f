/** The middle one of some numbers; the mean of the two in the middle where they are even. @throws RangeError for none. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The value below which that share of the numbers lies, between two of them where it falls there. @throws RangeError for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new RangeError('There are no numbers');
  return below + (above - below) * (place - Math.floor(place));
}
