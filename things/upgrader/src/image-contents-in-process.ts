import { createHash, randomUUID } from 'node:crypto';
import { ThingError } from '@thingwright/core';
import type { ImageContents } from './catalogue.js';

/** Keeps the bytes of images in memory until the process ends: for tests and for programs without a store. */
export function imageContentsInProcess(): ImageContents {
  const contents = new Map<string, Buffer>();
  return {
    async write(content, { maxSize, expectedSHA256 }) {
      const chunks: Uint8Array[] = [];
      const hash = createHash('sha256');
      let size = 0;
      for await (const chunk of content) {
        size += chunk.length;
        if (size > maxSize) throw new ThingError('tooLarge', `An image may have ${maxSize} bytes`);
        hash.update(chunk);
        chunks.push(chunk);
      }
      const sha256 = hash.digest('hex');
      if (expectedSHA256 !== undefined && expectedSHA256 !== sha256) {
        throw new ThingError('invalid', `The SHA-256 of the image is ${sha256}, not ${expectedSHA256}`);
      }
      const id = randomUUID();
      contents.set(id, Buffer.concat(chunks));
      return { content: id, size, sha256 };
    },
    async read(id, { start = 0, end } = {}) {
      const bytes = contents.get(id);
      if (!bytes) throw new ThingError('notFound', 'The image is gone');
      const stop = end ?? bytes.length;
      if (start < 0 || start > stop || stop > bytes.length) throw new ThingError('invalid', 'That range is not in it');
      return chunked(bytes.subarray(start, stop));
    },
    async remove(id) {
      contents.delete(id);
    },
  };
}

const CHUNK = 65_536;

async function* chunked(bytes: Buffer): AsyncGenerator<Uint8Array, void> {
  for (let i = 0; i < bytes.length; i += CHUNK) yield bytes.subarray(i, i + CHUNK);
}
