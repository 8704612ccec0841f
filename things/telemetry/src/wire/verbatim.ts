const QUOTE = 34;
const BACKSLASH = 92;
const SPACE = 32;
const CLOSING_BRACE = 125;

/**
 * Whether the bytes of a frame are JSON in one line of just the object that was parsed from them, so that they may be passed on in its
 * place. `strings`: how many that object is made of, names included. Where nothing is escaped, each has two quotes in the bytes: there
 * are more of them if a name stands there twice, and somebody else might read the one that was not checked.
 */
export function isVerbatim(bytes: Buffer, strings: number): boolean {
  let quotes = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === QUOTE) quotes++;
    else if (byte === BACKSLASH || byte < SPACE) return false;
  }
  return quotes === 2 * strings && bytes[bytes.length - 1] === CLOSING_BRACE;
}
