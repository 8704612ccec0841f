/** A text of a device as it may be shown: no longer than `most` characters, and with nothing that steers a terminal. */
export const printable = (text: string, most: number): string => text.slice(0, most).replace(/\p{Cc}/gu, '\u{fffd}');
