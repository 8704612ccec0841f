/**
 * A text of a device as it may be shown: no longer than `most` characters, and with nothing that steers a terminal, ends a line or turns round
 * what stands beside it.
 */
export const printable = (text: string, most: number): string =>
  text.slice(0, most).replace(/[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
