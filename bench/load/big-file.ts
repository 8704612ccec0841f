import { createHash, randomBytes } from 'node:crypto';
import { BINARY, MASK, maskedFrame } from './frames.js';

/** Bytes of a message: those of the devices that exist. */
export const CHUNK = 1_048_576;

/** What all chunks look like, but for their first bytes. */
const pattern = randomBytes(CHUNK);
const mask = MASK.readUInt32BE(0);
/** Bytes before the payload of a frame of that size. */
const HEAD = 14;

/** A file of which no two chunks are the same, nor those of two files with different numbers. */
export interface BigFile {
  readonly number: number;
  readonly chunks: number;
  readonly size: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Makes the file with that number. */
export function bigFile(number: number, chunks: number): BigFile {
  const chunk = Buffer.from(pattern);
  const hash = createHash('sha256');
  chunk.writeUInt32BE(number, 0);
  for (let n = 0; n < chunks; n++) {
    chunk.writeUInt32BE(n, 4);
    hash.update(chunk);
  }
  return { number, chunks, size: chunks * CHUNK, sha256: hash.digest('hex') };
}

/** A frame that chunks can be written into, one after the other. */
export const chunkFrame = (): Buffer => maskedFrame(BINARY, pattern);

/** Makes a frame that of the n-th chunk of a file. */
export function writeChunk(frame: Buffer, { number }: BigFile, n: number): void {
  frame.writeUInt32BE((number ^ mask) >>> 0, HEAD);
  frame.writeUInt32BE((n ^ mask) >>> 0, HEAD + 4);
}
