const MASK = [0x37, 0xfa, 0x21, 0x3d];

/** A frame as a client sends it (RFC 6455, section 5). */
export interface ClientFrame {
  /** The first byte: FIN and opcode. */
  readonly first: number;
  readonly payload: Buffer;
}

export const text = (content: string): ClientFrame => ({ first: 0x81, payload: Buffer.from(content) });
export const binary = (payload: Buffer): ClientFrame => ({ first: 0x82, payload });
export const fragments = (...contents: readonly string[]): ClientFrame[] =>
  contents.map((content, i) => ({
    first: (i === 0 ? 0x01 : 0) | (i === contents.length - 1 ? 0x80 : 0),
    payload: Buffer.from(content),
  }));
export const PING: ClientFrame = { first: 0x89, payload: Buffer.from('are you there') };
export const CLOSE: ClientFrame = { first: 0x88, payload: Buffer.from([0x03, 0xe8]) };

/** A frame as it is written, masked. */
export function encoded({ first, payload }: ClientFrame): Buffer {
  const { length } = payload;
  const head = [first, 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127)];
  if (length >= 65_536) head.push(0, 0, 0, 0, length >>> 24, (length >> 16) & 0xff);
  if (length >= 126) head.push((length >> 8) & 0xff, length & 0xff);
  return Buffer.concat([Buffer.from([...head, ...MASK]), payload.map((byte, i) => byte ^ (MASK[i & 3] ?? 0))]);
}

/** Text without half characters: UTF-8 has no word for these. */
export const wellFormed = (content: string): string => Buffer.from(content).toString();

/** Cuts bytes into chunks at those places. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => Buffer.from(bytes.subarray(ends[i - 1] ?? 0, end))).filter(({ length }) => length > 0);
}
