import type { Members } from '@thingwright/core';
import type { Static } from 'typebox';
import type { RESULT_TYPES, Result as ResultSchema } from './scan.model.js';

/** What a scan left behind: a record, and where its bytes are. */
export type Result = Static<typeof ResultSchema>;

/** What is known of a file before its first byte. */
export interface NewResult {
  /** The id of the Thing that it belongs to. */
  readonly owner: string;
  readonly taskID: string;
  readonly type: (typeof RESULT_TYPES)[number];
  /** A safe name; what the device called it is metadata. */
  readonly name: string;
  readonly originalName: string;
  readonly mediaType: string;
  /** Bytes: the content has exactly so many. */
  readonly size: number;
  /** 64 hexadecimal digits in lower case, if the device stated them: refused if the content has others. */
  readonly sha256: string | undefined;
  /** The parameters that it was measured with. */
  readonly parameter: Members | null;
}

/** Which results are asked for. */
export interface ResultQuery {
  readonly limit: number;
  readonly taskID?: string | undefined;
  /** Only those that are older than this one. */
  readonly before?: string | undefined;
}

/** Where results go; whoever runs scanners keeps them. Owners are ids of Things. */
export interface ResultSink {
  /**
   * Takes a file as fast as it can be kept, and no faster; resolves when file and record outlive a crash. Of a file that is
   * refused, or whose content throws, nothing stays.
   * @throws ThingError `tooLarge` before the first byte if the quota has not so much left; `invalid` for a content of
   * another digest; `unavailable` if it cannot be kept.
   */
  write(content: AsyncIterable<Uint8Array>, result: NewResult): Promise<Result>;
  /** The results of an owner, newest first. */
  list(owner: string, query: ResultQuery): Promise<readonly Result[]>;
  /** Removes a result with its files; false if that owner has none of that id. */
  remove(owner: string, resultID: string): Promise<boolean>;
}
