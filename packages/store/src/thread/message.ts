import type { StoreError } from '../engine/store-error.js';
import type { JobArgument, JobName } from '../jobs/job.js';

/** What the thread of a database is asked. */
export type Question =
  | { readonly type: 'job'; readonly name: JobName; readonly argument: JobArgument<JobName> }
  /** Without a transaction it is one of its own. */
  | {
      readonly type: 'query';
      readonly transaction: number | undefined;
      readonly sql: string;
      readonly parameters: readonly unknown[];
    }
  | { readonly type: 'begin' }
  | { readonly type: 'end'; readonly transaction: number; readonly keep: boolean }
  | { readonly type: 'close' };

/** A question on its way. The answer has its id. */
export interface Request {
  readonly id: number;
  readonly question: Question;
}

/** An error on its way between threads. */
export interface Failure {
  readonly code: StoreError['code'];
  readonly detail: string;
  /** What caused it, in words for a log. */
  readonly cause: string | undefined;
}

/** An answer on its way. */
export type Response<T> =
  | { readonly id: number; readonly result: T; readonly failure?: undefined }
  | { readonly id: number; readonly failure: Failure };
