import { ThingError } from '@thingwright/core';
import type { Static } from 'typebox';
import type { SmallFile } from './stored-file.model.js';
import { MAX_SMALL_FILE } from './stored-file.model.js';

/** A file for a printer, of any size. */
export interface PrintFile {
  /** Its extension says what it is: `.fc`, `.gcode`. */
  readonly name: string;
  /** Bytes: the content has exactly so many. */
  readonly size: number;
  /** Read once, as fast as the printer takes it. */
  readonly content: AsyncIterable<Uint8Array>;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The file that an action took along. @throws ThingError `invalid` if it is no Base64 or empty, `tooLarge`. */
export function smallFile({ name, content }: Static<typeof SmallFile>): PrintFile {
  if (content.length % 4 !== 0 || !BASE64.test(content)) throw new ThingError('invalid', `'${name}' is not in Base64`);
  const bytes = Buffer.from(content, 'base64');
  if (bytes.length === 0) throw new ThingError('invalid', `'${name}' is empty`);
  if (bytes.length > MAX_SMALL_FILE)
    throw new ThingError('tooLarge', `'${name}' has more than ${MAX_SMALL_FILE} bytes`);
  return { name, size: bytes.length, content: pieces(bytes) };
}

/** Bytes of a piece, as the vendor's client sends them. */
const PIECE = 4096;

async function* pieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += PIECE) yield bytes.subarray(start, start + PIECE);
}
