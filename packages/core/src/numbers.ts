/**
 * So many numbers in an array, all NaN: without a head and a buffer apart from it, as typed arrays have. Where each of thousands of
 * Things has a few, it is the distance between them that costs.
 */
export const numbersOf = (count: number): number[] => Array.from({ length: count }, () => Number.NaN);
