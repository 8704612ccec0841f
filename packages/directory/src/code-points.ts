/**
 * Compares texts by their Unicode code points, the order of lists (Discovery, section 7.3.2.1.6). JavaScript compares UTF-16 units,
 * among which the surrogates of characters past U+FFFF come before some that are less.
 */
export function compareCodePoints(a: string, b: string): number {
  const least = Math.min(a.length, b.length);
  for (let i = 0; i < least; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
  }
  return a.length - b.length;
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
