import { type Log, ThingError } from '@thingwright/core';
import type { FastifyInstance } from 'fastify';
import { HTTP_STATUS, OUR_FAULT, pathOf } from './problem.js';

/** How a foreign API says what went wrong. */
export interface ErrorForm {
  /** The body of an answer; an error of ours comes as one that says no more than that. */
  bodyOf(error: Error): object;
  /** Statuses that are not as everywhere else, by the code of a ThingError. */
  readonly statuses?: Partial<typeof HTTP_STATUS>;
}

/** Has every error of a Fastify instance answered in the form of a foreign API. Errors of ours are logged, and tell nothing of themselves. */
export function answerErrorsAs(app: FastifyInstance, log: Log, { bodyOf, statuses = {} }: ErrorForm): void {
  app.setErrorHandler((error, { url }, reply) => {
    const status = error instanceof ThingError ? (statuses[error.code] ?? HTTP_STATUS[error.code]) : statusOf(error);
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    if (error instanceof ThingError && error.retryAfter !== undefined) {
      reply.header('retry-after', String(Math.ceil(error.retryAfter)));
    }
    if (status === 500) log.error({ path: pathOf(url), error }, 'a request failed');
    return reply.code(status).send(bodyOf(status !== 500 && error instanceof Error ? error : new Error(OUR_FAULT)));
  });
}

/** Fastify's own errors of requests have a status; all others are ours. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}
