const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const ABOVE_ASCII = /[\u0080-\uffff]/;
const EACH_ABOVE_ASCII = /[\u0080-\uffff]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Writes a JSON value in ASCII only, so that a frame's length is its text's and it can leave as Latin-1 without another
 * encoding. `undefined` and what JSON cannot say become `null`.
 */
export function asciiJson(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (typeof value === 'string' && PLAIN.test(value)) return `"${value}"`;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  return jsonInASCII(JSON.stringify(value) ?? 'null');
}

/** Writes JSON anew so that it is ASCII: nothing above it stands outside of strings. */
export const jsonInASCII = (json: string): string =>
  ABOVE_ASCII.test(json) ? json.replace(EACH_ABOVE_ASCII, escaped) : json;
