import { STATUS_CODES } from 'node:http';
import { type ErrorCode, type Fault, type Log, ThingError } from '@thingwright/core';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** The one table from the code of a ThingError to an HTTP status. */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  notFound: 404,
  notAllowed: 405,
  notAcceptable: 406,
  conflict: 409,
  tooLarge: 413,
  unsupportedMedia: 415,
  tooMany: 429,
  failed: 500,
  unavailable: 503,
  timeout: 504,
  disconnected: 503,
  protocol: 502,
  aborted: 409,
};

/** Media type of error bodies (RFC 9457). */
export const PROBLEM_TYPE = 'application/problem+json';

/** The ways to authenticate that a 401 offers, one header value each (Discovery, section 6.1.2: security bootstrapping). */
export const CHALLENGES: readonly string[] = [
  'Basic realm="thingwright", charset="UTF-8"',
  'Bearer realm="thingwright"',
];

/** Problem Details (RFC 9457). There is no `type`, so it is `about:blank`, and `title` is the phrase of the status. */
export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  /** What is wrong with a value. Ours, as are all that follow. */
  readonly faults?: readonly Fault[];
  /** Bulk operations: why each property failed. */
  readonly errors?: Readonly<Record<string, Problem>>;
  /** Bulk operations: what was read or written all the same. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Makes the Problem Details of a status. */
export function problemOf(status: number, detail?: string): Problem {
  return { status, title: STATUS_CODES[status] ?? 'Error', ...(detail ? { detail } : {}) };
}

/** What of a failure is for the caller: its code and detail, never its cause. */
export type Failure = Pick<ThingError, 'code' | 'detail'> &
  Partial<Pick<ThingError, 'faults' | 'errors' | 'values' | 'retryAfter'>>;

/** Makes the Problem Details of a ThingError, or of the failure of an invocation. */
export function toProblem(failure: Failure): Problem {
  const { faults, errors, values } = failure;
  return {
    ...problemOf(HTTP_STATUS[failure.code], failure.detail),
    ...(faults ? { faults } : {}),
    ...(errors
      ? { errors: Object.fromEntries(Object.entries(errors).map(([name, error]) => [name, toProblem(error)])) }
      : {}),
    ...(values ? { values } : {}),
  };
}

/** Answers with the Problem Details of a failure; a 401 with its challenges, others with `Retry-After` where it is known. */
function sendProblem(reply: FastifyReply, failure: Failure): FastifyReply {
  if (failure.code === 'unauthenticated') reply.header('www-authenticate', CHALLENGES);
  if (failure.retryAfter !== undefined) reply.header('retry-after', String(Math.ceil(failure.retryAfter)));
  return sendDetails(reply, toProblem(failure));
}

/** Answers with Problem Details; as bytes, because to the type of a text Fastify adds a charset, which JSON does not have. */
export const sendDetails = (reply: FastifyReply, problem: Problem): FastifyReply =>
  reply
    .code(problem.status)
    .header('content-type', PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify(problem)));

/** Has every error of a Fastify instance answered with Problem Details, without a stack; those of ours are logged. */
export function answerWithProblems(fastify: FastifyInstance, log: Log): void {
  const sendNotFound = (reply: FastifyReply): FastifyReply =>
    sendDetails(reply, problemOf(404, 'There is nothing at this address'));
  fastify.setNotFoundHandler((_request, reply) => sendNotFound(reply));
  // Before any byte of a body is read: nobody has asked yet who sends it.
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.is404) sendNotFound(reply);
    else done();
  });
  fastify.setErrorHandler((error, request, reply) => {
    if (error instanceof ThingError) {
      if (HTTP_STATUS[error.code] === 500) log.warn({ path: pathOf(request.url), error }, 'a request failed');
      return sendProblem(reply, error);
    }
    return sendUnexpected(error, { reply, log, path: pathOf(request.url) });
  });
}

/** What a caller hears of errors that are ours. */
export const OUR_FAULT = 'Something went wrong in the server';

/** Answers an error that is no ThingError: Fastify's own have a status and words for the caller, others are secret. */
export function sendUnexpected(
  error: unknown,
  { reply, log, path }: { readonly reply: FastifyReply; readonly log: Log; readonly path: string },
): FastifyReply {
  const status = statusOf(error);
  if (status < 500 && error instanceof Error) return sendDetails(reply, problemOf(status, error.message));
  log.error({ path, error }, 'a request failed');
  return sendDetails(reply, problemOf(status, OUR_FAULT));
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500;
  const { statusCode } = error;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 600 ? statusCode : 500;
}

/** A URL without its query, for logs: a query may hold a ticket. */
export const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';
