/**
 * Why an operation failed, independent of any transport. `docs/errors.md` lists what each code means;
 * every binding has one table from code to status.
 */
export const ERROR_CODES = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'notFound',
  'notAllowed',
  'notAcceptable',
  'conflict',
  'tooLarge',
  'unsupportedMedia',
  'tooMany',
  'failed',
  'unavailable',
  'timeout',
  'disconnected',
  'protocol',
  'aborted',
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** One thing that is wrong with a value: `path` is a JSON Pointer into it (`''` is the value itself). */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** What a {@link ThingError} may carry besides its code and detail. */
export interface ThingErrorOptions {
  /** What caused it; kept for logs, never sent to a caller. */
  readonly cause?: unknown;
  /** Every fault of a value that broke its schema. */
  readonly faults?: readonly Fault[];
  /** Bulk operations: why each property failed, by name. */
  readonly errors?: Readonly<Record<string, ThingError>>;
  /** Bulk operations: the values that were read or written all the same, by name. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Seconds after which it makes sense to try again. */
  readonly retryAfter?: number;
}

/**
 * The one error class that crosses packages: a failed operation, with a code from a closed list and a detail that names
 * the Thing, the affordance and the value concerned.
 */
export class ThingError extends Error {
  override readonly name = 'ThingError';
  readonly code: ErrorCode;
  declare readonly faults?: readonly Fault[];
  declare readonly errors?: Readonly<Record<string, ThingError>>;
  declare readonly values?: Readonly<Record<string, unknown>>;
  declare readonly retryAfter?: number;

  constructor(code: ErrorCode, detail: string, options: ThingErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.faults) this.faults = options.faults;
    if (options.errors) this.errors = options.errors;
    if (options.values) this.values = options.values;
    if (options.retryAfter !== undefined) this.retryAfter = options.retryAfter;
  }

  /** What went wrong, in words for a person; safe to send to the caller. */
  get detail(): string {
    return this.message;
  }

  /**
   * Turns whatever a handler threw into a ThingError: one that already is stays itself, anything else becomes `failed`
   * with `detail`, and the original as its cause.
   */
  static from(thrown: unknown, detail: string): ThingError {
    return thrown instanceof ThingError ? thrown : new ThingError('failed', detail, { cause: thrown });
  }
}
