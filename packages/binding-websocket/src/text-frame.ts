const REMEMBERED = 2048;
const headers: string[] = [];

/**
 * The header of an unmasked, unfragmented text frame (RFC 6455, section 5.2) for a payload of that many bytes, one
 * character a byte: to be written as Latin-1 in front of an ASCII payload.
 */
export function textFrameHeader(length: number): string {
  if (length >= REMEMBERED) return makeHeader(length);
  let header = headers[length];
  if (header === undefined) {
    header = makeHeader(length);
    headers[length] = header;
  }
  return header;
}

function makeHeader(length: number): string {
  if (length < 126) return `\x81${String.fromCharCode(length)}`;
  if (length < 0x10000) return `\x81\x7e${String.fromCharCode(length >> 8, length & 0xff)}`;
  const high = Math.floor(length / 0x100000000);
  const bytes = [high, length >>> 0].flatMap((word) => [
    word >>> 24,
    (word >>> 16) & 0xff,
    (word >>> 8) & 0xff,
    word & 0xff,
  ]);
  return `\x81\x7f${String.fromCharCode(...bytes)}`;
}
