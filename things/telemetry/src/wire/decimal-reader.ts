const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
/** So many digits are a whole number of 32 bits, and their power of ten is exact: so the quotient of both is rounded but once. */
const MOST_DIGITS = 9;
const POWERS_OF_TEN = Float64Array.from({ length: MOST_DIGITS + 1 }, (_, exponent) => 10 ** exponent);
/** More characters than any number needs that is written without an exponent. */
const MOST_CHARACTERS = 32;

/** Reads numbers as JSON writes them, but none with an exponent. */
export class DecimalReader {
  /** The number that was read last; NaN if it has so many digits that it is left to `Number`. */
  value = 0;

  /** Reads the number that begins there; gives where it ends, -1 if there is none. */
  read(bytes: Buffer, begin: number): number {
    const isNegative = bytes[begin] === MINUS;
    const first = isNegative ? begin + 1 : begin;
    let at = first;
    let byte = bytes[at] ?? 0;
    let whole = 0;
    for (; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) whole = (whole * 10 + byte - ZERO) | 0;
    let digits = at - first;
    let decimals = 0;
    if (digits === 0 || (digits > 1 && bytes[first] === ZERO)) return -1;
    if (byte === DOT) {
      const point = at++;
      byte = bytes[at] ?? 0;
      for (; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) whole = (whole * 10 + byte - ZERO) | 0;
      decimals = at - point - 1;
      if (decimals === 0) return -1;
      digits += decimals;
    }
    if (at - begin > MOST_CHARACTERS) return -1;
    if (digits > MOST_DIGITS) this.value = Number.NaN;
    else this.value = (isNegative ? -whole : whole) / (POWERS_OF_TEN[decimals] ?? 1);
    return at;
  }
}
