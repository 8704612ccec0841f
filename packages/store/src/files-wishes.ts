import { ThingError } from '@thingwright/core';
import type { ByteRange, NewFile } from './files.js';

const LONGEST = 255;
const MOST = 1000;

/** A file as it is to be written. @throws ThingError `invalid` for a name that could be a path, and other oddities. */
export function checkNewFile(file: NewFile): NewFile {
  const { name, mediaType, owner, organization = 'default', maxSize, expected = {} } = file;
  if (!isShort(name) || /[\p{Cc}/\\]/u.test(name) || /^\.{1,2}$/.test(name)) {
    throw new ThingError('invalid', `'${name}' is no name of a file: at most ${LONGEST} characters, and no path`);
  }
  if (!isShort(mediaType) || !/^[\w.+-]+\/[\w.+-]+(;[\x20-\x7e]*)?$/.test(mediaType)) {
    throw new ThingError('invalid', `'${mediaType}' is no media type such as image/png`);
  }
  if (!isShort(owner) || !isShort(organization)) {
    throw new ThingError('invalid', 'A file belongs to a Thing and to an organization');
  }
  if (!isCount(maxSize ?? 0) || !isCount(expected.size ?? 0)) {
    throw new ThingError('invalid', 'The size of a file is a count of bytes');
  }
  if (expected.sha256 !== undefined && !/^[\da-f]{64}$/i.test(expected.sha256)) {
    throw new ThingError('invalid', 'A SHA-256 has 64 hexadecimal digits');
  }
  return file;
}

/** The part of a file that is wanted. @throws ThingError `invalid` for one that is not in it. */
export function rangeOf({ start = 0, end }: ByteRange, size: number): { readonly start: number; readonly end: number } {
  const stop = Math.min(end ?? size, size);
  if (!isCount(start) || !isCount(end ?? 0) || start > stop) {
    throw new ThingError(
      'invalid',
      `The file has ${size} bytes; from ${start} to ${end ?? 'its end'} is no part of it`,
    );
  }
  return { start, end: stop };
}

/** The page of a list that is wanted. @throws ThingError `invalid`. */
export function pageOf({
  limit = 100,
  after = '0',
}: {
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
}): { readonly limit: number; readonly after: number } {
  if (!(Number.isInteger(limit) && limit > 0 && limit <= MOST)) {
    throw new ThingError('invalid', `A limit is a whole number from 1 to ${MOST}, not ${limit}`);
  }
  if (!/^\d{1,15}$/.test(after)) throw new ThingError('invalid', `'${after}' does not lead to a page`);
  return { limit, after: Number(after) };
}

const isShort = (text: string): boolean => text.length > 0 && text.length <= LONGEST;

const isCount = (bytes: number): boolean => Number.isSafeInteger(bytes) && bytes >= 0;
