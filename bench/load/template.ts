/** What may differ between two notifications of the same sample. */
const FREE = /"(?:messageID|receivedAt)":"([^"]*)"|"timestamp":"([^"]*)"(?=,"operation"|$)/dg;

/** The bytes that a message has to have, but for some members of fixed width. */
export interface Template {
  /** Whether the bytes from `start` to `end` are such a message. */
  fits(bytes: Buffer, start: number, end: number): boolean;
}

/** Makes a {@link Template} of one such message, or of its beginning. */
export function templateOf(text: string): Template {
  const fixed: { readonly at: number; readonly bytes: Buffer }[] = [];
  let at = 0;
  for (const { indices } of text.matchAll(FREE)) {
    const [from, to] = indices?.[1] ?? indices?.[2] ?? [0, 0];
    fixed.push({ at, bytes: Buffer.from(text.slice(at, from), 'latin1') });
    at = to;
  }
  if (at < text.length) fixed.push({ at, bytes: Buffer.from(text.slice(at), 'latin1') });
  const { length } = text;
  return {
    fits: (bytes, start, end) =>
      end - start === length &&
      fixed.every(
        (part) =>
          bytes.compare(part.bytes, 0, part.bytes.length, start + part.at, start + part.at + part.bytes.length) === 0,
      ),
  };
}
