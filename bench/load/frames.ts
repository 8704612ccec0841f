/** Reads the frames that a server sends (RFC 6455, section 5.2), unmasked and unfragmented, without copying whole ones. */
export class FrameReader {
  readonly #onFrame: OnFrame;
  /** The beginning of a frame whose end has not come. */
  #rest: Buffer | undefined;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Takes bytes, which are the caller's again afterwards. Returns how many text frames ended in them. */
  read(bytes: Buffer): number {
    const all = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes;
    const { length } = all;
    let at = 0;
    let frames = 0;
    while (length - at >= 2) {
      const opcode = all[at] ?? 0;
      let size = all[at + 1] ?? 0;
      let start = at + 2;
      if (size === 126) {
        if (length - at < 4) break;
        size = all.readUInt16BE(start);
        start += 2;
      } else if (size === 127) {
        if (length - at < 10) break;
        size = Number(all.readBigUInt64BE(start));
        start += 8;
      }
      if (length < start + size) break;
      at = start + size;
      if (opcode === TEXT) frames++;
      this.#onFrame(all, { opcode, start, end: at });
    }
    this.#rest = at === length ? undefined : Buffer.from(all.subarray(at));
    return frames;
  }
}

/** First byte of an unfragmented text frame. */
export const TEXT = 0x81;
/** First byte of an unfragmented binary frame. */
export const BINARY = 0x82;
/** First byte of a ping. */
export const PING = 0x89;
/** First byte of a pong. */
export const PONG = 0x8a;

/** Where a frame's payload lies. */
export interface Frame {
  readonly opcode: number;
  readonly start: number;
  readonly end: number;
}

/** Takes a frame; the bytes are only its own until it returns. */
export type OnFrame = (bytes: Buffer, frame: Frame) => void;

/** The key that all clients of the bench mask with. */
export const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** Writes a frame as a client sends it. */
export function maskedFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const masked = payload.map((byte, i) => byte ^ (MASK[i & 3] ?? 0));
  return Buffer.concat([headerOf(opcode, length), MASK, masked]);
}

function headerOf(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.from([opcode, 0x80 | length]);
  if (length < 65_536) return Buffer.from([opcode, 0xfe, length >> 8, length & 0xff]);
  const header = Buffer.from([opcode, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(length, 6);
  return header;
}
