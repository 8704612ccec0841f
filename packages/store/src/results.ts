import type { FileRecord, NewFile } from './files.js';

/** What a device has delivered: a file, and what belongs to it. It never changes. */
export interface ResultRecord {
  /** A UUIDv7. */
  readonly id: string;
  /** The id of the device. */
  readonly owner: string;
  /** What the device did then. */
  readonly taskID: string;
  /** What it is, in the words of its kind of device: `MRD`. */
  readonly type: string;
  /** What it was measured with; plain JSON. */
  readonly parameter: Readonly<Record<string, unknown>> | null;
  /** What the device called the file; never a path. */
  readonly originalName: string;
  readonly file: FileRecord;
}

/** What a result is written with; its organization is that of the device. */
export interface NewResult extends Omit<ResultRecord, 'id' | 'file'> {
  readonly file: Omit<NewFile, 'owner' | 'organization'>;
}

/** Which results are wanted. */
export interface ResultsQuery {
  /** 1 to 1000. */
  readonly limit: number;
  readonly taskID?: string | undefined;
  /** The id of a result: only those that are older. */
  readonly before?: string | undefined;
}

/**
 * What devices have delivered. A result is there with its file or not at all, whatever ends the process. It is kept until it is removed,
 * or its device is. A promise that resolves is a change that a power failure does not undo. Everything may reject with a ThingError
 * `unavailable`: the disk is full or gone, or the database is.
 */
export interface Results {
  /**
   * Takes a file as `Files.write` does, with all its refusals.
   * @throws ThingError `notFound` if there is no such device, before the first byte, or when it was removed meanwhile.
   */
  write(content: AsyncIterable<Uint8Array>, result: NewResult): Promise<ResultRecord>;
  get(owner: string, id: string): Promise<ResultRecord | undefined>;
  /** Those of a device, newest first. @throws ThingError `notFound` for a `before` that is none of them, `invalid`. */
  list(owner: string, query: ResultsQuery): Promise<readonly ResultRecord[]>;
  /** Removes a result with its file. Gives undefined if that device has none of that id. */
  remove(owner: string, id: string): Promise<ResultRecord | undefined>;
  /**
   * Follows a device that was removed, whose results go, or was given to another organization, to which they count from then on. What
   * a process does not get to is done when the store is opened again.
   */
  follow(owner: string): Promise<void>;
}
