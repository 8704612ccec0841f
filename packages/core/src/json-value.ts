/**
 * Tells whether JSON has a word for a value, as far as can be told without a look inside it: not for undefined, NaN, the
 * infinities, functions, symbols and big integers.
 */
export function isJSONValue(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'object':
      return true;
    case 'number':
      return Number.isFinite(value);
    default:
      return false;
  }
}
