import { Readable } from 'node:stream';

/**
 * Makes a stream of bytes. What is one already stays it: an iterator that nobody has asked yet does not let go of its stream when it is
 * returned from, and the file behind it would stay open.
 */
export const byteStream = (content: AsyncIterable<Uint8Array>): Readable =>
  content instanceof Readable ? content : Readable.from(content, { objectMode: false });
