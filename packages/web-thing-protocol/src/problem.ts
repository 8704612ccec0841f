import {
  ERROR_CODES,
  type ErrorCode,
  type Fault,
  isMembers,
  ThingError,
  type ThingErrorOptions,
} from '@thingwright/core';
import { ERROR_TYPE_PREFIX } from './provisional.js';

/** Problem Details (RFC 9457) as the protocol carries them in `error`; the last four members are our extensions. */
export interface Problem {
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly detail?: string;
  /** Our error code, more exact than the status. */
  readonly code?: ErrorCode;
  /** Bulk operations: why each property failed. */
  readonly errors?: Readonly<Record<string, Problem>>;
  /** What is wrong with a value, fault by fault. */
  readonly faults?: readonly Fault[];
  /** Seconds. */
  readonly retryAfter?: number;
}

/** Status and title of each error code; 401 is not known inside the protocol. */
const STATUS: Readonly<Record<ErrorCode, readonly [status: number, title: string]>> = {
  invalid: [400, 'Bad Request'],
  unauthenticated: [403, 'Forbidden'],
  forbidden: [403, 'Forbidden'],
  notFound: [404, 'Not Found'],
  notAllowed: [400, 'Bad Request'],
  notAcceptable: [400, 'Bad Request'],
  conflict: [409, 'Conflict'],
  tooLarge: [413, 'Content Too Large'],
  unsupportedMedia: [400, 'Bad Request'],
  tooMany: [429, 'Too Many Requests'],
  failed: [500, 'Internal Server Error'],
  unavailable: [503, 'Service Unavailable'],
  timeout: [504, 'Gateway Timeout'],
  disconnected: [503, 'Service Unavailable'],
  protocol: [502, 'Bad Gateway'],
  aborted: [409, 'Conflict'],
};

/** The statuses that the draft gives a type; all others are `about:blank`. */
const TYPED = new Set([400, 403, 404, 500, 503]);

/** The status that stands for an error code on this wire. */
export const statusOf = (code: ErrorCode): number => STATUS[code][0];

/** What a {@link toProblem} needs of an error: a ThingError, or the failure kept with an invocation. */
export type Failure = Pick<ThingError, 'code' | 'detail'> &
  Partial<Pick<ThingError, 'faults' | 'errors' | 'retryAfter'>>;

/** Writes an error as Problem Details; in `strict` mode without our extension members. */
export function toProblem(failure: Failure, strict: boolean): Problem {
  const [status, title] = STATUS[failure.code];
  const type = TYPED.has(status) ? `${ERROR_TYPE_PREFIX}${status}` : 'about:blank';
  const problem = { status, type, title, detail: failure.detail };
  if (strict) return problem;
  const { code, errors, faults, retryAfter } = failure;
  return {
    ...problem,
    code,
    ...(errors ? { errors: mapProblems(errors) } : {}),
    ...(faults ? { faults } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

function mapProblems(errors: Readonly<Record<string, ThingError>>): Readonly<Record<string, Problem>> {
  return Object.fromEntries(Object.entries(errors).map(([name, error]) => [name, toProblem(error, false)]));
}

const CODES: ReadonlySet<unknown> = new Set(ERROR_CODES);
const isCode = (value: unknown): value is ErrorCode => CODES.has(value);

/** What a status means where the peer does not say our code; decided on the status, whatever `type` says. */
function codeOf(status: number): ErrorCode {
  switch (status) {
    case 401:
      return 'unauthenticated';
    case 403:
      return 'forbidden';
    case 404:
      return 'notFound';
    case 405:
      return 'notAllowed';
    case 406:
      return 'notAcceptable';
    case 409:
      return 'conflict';
    case 413:
      return 'tooLarge';
    case 415:
      return 'unsupportedMedia';
    case 429:
      return 'tooMany';
    case 503:
      return 'unavailable';
    case 504:
      return 'timeout';
    default:
      return status >= 400 && status < 500 ? 'invalid' : 'failed';
  }
}

/**
 * Reads Problem Details from a peer: the status as a number or as three digits; extension members where they are ours.
 * `values` are those of a partly failed bulk operation.
 */
export function fromProblem(problem: unknown, values?: Readonly<Record<string, unknown>>): ThingError {
  if (!isMembers(problem)) return new ThingError('protocol', 'The peer sent an error that is not an object');
  const status = Number(problem.status);
  const code = isCode(problem.code) ? problem.code : codeOf(status);
  const detail = [problem.detail, problem.title].find((text) => typeof text === 'string');
  const { retryAfter } = problem;
  const faults = faultsIn(problem.faults);
  const options: ThingErrorOptions = {
    ...(values ? { values } : {}),
    ...(faults ? { faults } : {}),
    ...(typeof retryAfter === 'number' ? { retryAfter } : {}),
    ...(isMembers(problem.errors) ? { errors: errorsIn(problem.errors) } : {}),
  };
  return new ThingError(code, typeof detail === 'string' ? detail : `Status ${status}`, options);
}

function faultsIn(faults: unknown): readonly Fault[] | undefined {
  return Array.isArray(faults) ? faults.filter(isFault) : undefined;
}

const isFault = (value: unknown): value is Fault =>
  isMembers(value) && typeof value.path === 'string' && typeof value.message === 'string';

function errorsIn(errors: Readonly<Record<string, unknown>>): Readonly<Record<string, ThingError>> {
  return Object.fromEntries(Object.entries(errors).map(([name, problem]) => [name, fromProblem(problem)]));
}
