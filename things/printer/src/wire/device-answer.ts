/** What a frame of a device turned out to be, from its manager or its robot (reference, sections 4.3, 4.4 and 5). */
export type DeviceAnswer =
  /** `text`: what follows the word, without the separator after it. */
  | { readonly kind: 'ok'; readonly text: string }
  /** The first symbol says what is wrong, the others of what. */
  | { readonly kind: 'error'; readonly symbols: readonly [string, ...string[]] }
  | { readonly kind: 'data'; readonly text: string }
  /** It waits for bytes, or has more to say. */
  | { readonly kind: 'continue' }
  /** So many bytes follow, outside of frames. */
  | { readonly kind: 'binary'; readonly mediaType: string; readonly size: number }
  /** Whatever else it says; also what a command alone knows to read. */
  | { readonly kind: 'other'; readonly text: string };

const OK = /^ok(?:[ \n\0](.*))?$/s;
const DATA = /^data (.*)$/s;
const ERROR = /^(?:error|er) +(.+)$/s;
const BINARY = /^binary ([!-~]{1,127}) (\d{1,15})$/;
/** Symbols and characters of each that are kept of an error: it is told on. */
const MOST_SYMBOLS = 8;
const LONGEST_SYMBOL = 64;

/** Decodes a text frame of a device; never throws. */
export function decodeDeviceAnswer(text: string): DeviceAnswer {
  const ok = OK.exec(text);
  if (ok) return { kind: 'ok', text: ok[1] ?? '' };
  if (text === 'continue') return { kind: 'continue' };
  const data = DATA.exec(text)?.[1];
  if (data !== undefined) return { kind: 'data', text: data };
  // A crash of the device shows as a bare word.
  const error = text === 'UNKNOWN_ERROR' ? text : ERROR.exec(text)?.[1];
  if (error !== undefined) return { kind: 'error', symbols: symbolsOf(error) };
  const [, mediaType, size] = BINARY.exec(text) ?? [];
  if (mediaType !== undefined) return { kind: 'binary', mediaType, size: Number(size) };
  return { kind: 'other', text };
}

/** The text of an error. */
export const errorText = (...symbols: readonly [string, ...string[]]): string => `error ${symbols.join(' ')}`;

/** The text before bytes that follow outside of frames. */
export const binaryText = (mediaType: string, size: number): string => `binary ${mediaType} ${size}`;

function symbolsOf(text: string): readonly [string, ...string[]] {
  const [first = '', ...others] = text
    .split(/[ \n\0]+/, MOST_SYMBOLS)
    .filter((symbol) => symbol !== '')
    .map((symbol) => symbol.slice(0, LONGEST_SYMBOL).replace(/[^!-~]/g, '?'));
  return [first === '' ? 'UNKNOWN_ERROR' : first, ...others];
}
