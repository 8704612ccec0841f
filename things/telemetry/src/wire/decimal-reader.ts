const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
/** A whole number of so many digits is exact, as is a power of ten with that exponent: so their quotient is rounded but once. */
const EXACT_DIGITS = 15;
const POWERS_OF_TEN = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent);
/** More digits than any number needs that is written without an exponent. */
const MOST_DIGITS = 30;

/** Reads numbers as JSON writes them, but none with an exponent. */
export class DecimalReader {
  /** The number that was read last. */
  value = 0;

  /** Reads the number that begins there; gives where it ends, -1 if there is none. */
  read(bytes: Buffer, begin: number): number {
    const isNegative = bytes[begin] === MINUS;
    const first = isNegative ? begin + 1 : begin;
    let at = first;
    let byte = bytes[at] ?? 0;
    let whole = 0;
    for (; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) whole = whole * 10 + byte - ZERO;
    let digits = at - first;
    if (digits === 0 || (digits > 1 && bytes[first] === ZERO)) return -1;
    if (byte === DOT) {
      const point = at++;
      byte = bytes[at] ?? 0;
      for (; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) whole = whole * 10 + byte - ZERO;
      const decimals = at - point - 1;
      if (decimals === 0) return -1;
      digits += decimals;
      whole /= POWERS_OF_TEN[decimals] ?? 1;
    }
    if (digits > MOST_DIGITS) return -1;
    if (digits > EXACT_DIGITS) this.value = Number(bytes.toString('latin1', begin, at));
    else this.value = isNegative ? -whole : whole;
    return at;
  }
}
