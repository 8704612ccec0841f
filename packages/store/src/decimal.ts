/** Powers of ten, which are exact. */
const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
/** So that the difference of any two is exact, and twice that too. */
const MOST_DIGITS = 2 ** 51;

/** More decimals than that no number is written with. */
export const MOST_DECIMALS = POWERS.length - 1;

/**
 * The whole number that a number is with its point moved by so many places to the right; NaN if that is none, or if it would not
 * give exactly the same number again.
 */
export function toDigits(number: number, decimals: number): number {
  const power = POWERS[decimals] ?? Number.NaN;
  const digits = Math.round(number * power);
  if (digits === 0 && Object.is(number, -0)) return Number.NaN;
  return digits / power === number && Math.abs(digits) <= MOST_DIGITS ? digits : Number.NaN;
}

/** The number again. NaN for more decimals than there may be. */
export const fromDigits = (digits: number, decimals: number): number => digits / (POWERS[decimals] ?? Number.NaN);
