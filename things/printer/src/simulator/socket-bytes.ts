import type { Duplex } from 'node:stream';
import { ThingError } from '@thingwright/core';
import { createByteQueue } from '../wire/byte-queue.js';
import { takeClientText } from '../wire/text-frame.js';

/** What a connection brings, read when it is wanted: the peer waits for who is slow. */
export interface SocketBytes {
  /** So many bytes. Rejects with a ThingError `disconnected` if the connection ends before. */
  exactly(count: number): Promise<Buffer>;
  /** A client's frame. Rejects likewise, and with `protocol` for a length that is none. */
  text(): Promise<string>;
  /** At least one byte, at most so many. Rejects likewise. */
  some(most: number): Promise<Buffer>;
  /** From here on bytes are deciphered. @throws ThingError `protocol` if some are here already */
  decipher(decrypt: (bytes: Buffer) => Buffer): void;
}

/** Reads a socket; who stops reading destroys it. */
export function socketBytes(socket: Duplex): SocketBytes {
  const chunks = socket.iterator({ destroyOnReturn: false });
  const queue = createByteQueue();
  let decrypt = (bytes: Buffer): Buffer => bytes;

  const more = async (): Promise<void> => {
    const { done, value } = await chunks.next();
    if (done === true || !Buffer.isBuffer(value)) throw new ThingError('disconnected', 'The client is gone');
    queue.push(decrypt(value));
  };
  const taken = async <T>(take: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = take();
      if (found !== undefined) return found;
      await more();
    }
  };

  return {
    exactly: (count) => taken(() => queue.take(count)),
    text: () => taken(() => takeClientText(queue)),
    some: (most) => taken(() => (queue.length > 0 ? queue.takeSome(most) : undefined)),
    decipher(by) {
      if (queue.length > 0) throw new ThingError('protocol', 'The client speaks before it is let in');
      decrypt = by;
    },
  };
}
