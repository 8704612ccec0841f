import type { Readable } from 'node:stream';
import type { HistoryPage } from './history.js';

/** What is known of a file. Its bytes never change. */
export interface FileRecord {
  /** A UUIDv7. */
  readonly id: string;
  /** What people call it; never a path. */
  readonly name: string;
  /** For example `image/png`. */
  readonly mediaType: string;
  /** The id of the Thing that it belongs to. */
  readonly owner: string;
  readonly organization: string;
  /** Bytes. */
  readonly size: number;
  /** Of its bytes, 64 hexadecimal digits in lower case. */
  readonly sha256: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly created: string;
}

/** What a file is written with. */
export interface NewFile extends Pick<FileRecord, 'name' | 'mediaType' | 'owner'> {
  /** Default: `default`. */
  readonly organization?: string | undefined;
  /** Bytes; more are refused. Default: what the store allows any file. */
  readonly maxSize?: number | undefined;
  /** What whoever sends it says of it beforehand; refused if it is otherwise. */
  readonly expected?: { readonly size?: number | undefined; readonly sha256?: string | undefined } | undefined;
}

/** A part of a file, like that of `Array.slice`: from the byte `start`, before the byte `end`. Default: all of it. */
export interface ByteRange {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/** A file that is being read. */
export interface OpenFile {
  readonly file: FileRecord;
  /** The part that `content` gives; `end` is at most the size. */
  readonly start: number;
  readonly end: number;
  /** Has to be read to its end or destroyed. It goes on even if the file is removed meanwhile. */
  readonly content: Readable;
}

/** How large files may be. Bytes. */
export interface FileLimits {
  /** Of one file. Default 1 GiB. */
  readonly maxSize?: number | undefined;
  /** Of all files of an organization together, asked for each file; undefined: without limit. */
  readonly quota?: ((organization: string) => number | undefined) | undefined;
}

/**
 * Files, kept once for each content however often it is written. Bytes are in the data folder, what is known of them in the database.
 * A promise that resolves is a change that a power failure does not undo. Everything may reject with a ThingError `unavailable`: the
 * disk is full or gone, or the database is.
 */
export interface Files {
  /**
   * Takes a file as fast as the disk does, and no faster; the memory that it needs does not grow with the file. What the content
   * throws is thrown on. A file that is refused leaves nothing.
   * @throws ThingError `tooLarge` for more than it may be or than the quota has left (before the first byte, if the size is said
   * beforehand), `invalid` for a content that is not what was expected and for odd names.
   */
  write(content: AsyncIterable<Uint8Array>, file: NewFile): Promise<FileRecord>;
  /** @throws ThingError `notFound`, `invalid` for a range that is not in the file, `failed` if its bytes are lost. */
  read(id: string, range?: ByteRange): Promise<OpenFile>;
  get(id: string): Promise<FileRecord | undefined>;
  /** The files of a Thing in the order of their writing. `limit`: 1 to 1000, default 100; `after`: the `next` of the page before. */
  list(
    owner: string,
    page?: { readonly limit?: number | undefined; readonly after?: string | undefined },
  ): Promise<HistoryPage<FileRecord>>;
  /** Removes a file, and the result that it is of; its bytes go with the last file that has them. Gives undefined if there is none of that id. */
  remove(id: string): Promise<FileRecord | undefined>;
  /** Bytes that the files of an organization amount to, those included that are being written. */
  usage(organization: string): Promise<number>;
}
