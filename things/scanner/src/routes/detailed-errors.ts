import { type Log, ThingError } from '@thingwright/core';
import { toProblem } from '@thingwright/listener';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** What is not as the schema of a body says has a status of its own with the device manager. */
const UNPROCESSABLE = 422;

/**
 * Has every error answered as the callers of the device manager read it: `{"detail": "<text>"}`, and with `faults` where a value does not
 * fit. Those of ours are logged, and tell nothing of themselves.
 */
export function answerWithDetails(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error, { url }, reply) => {
    const status = statusOf(error);
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    if (error instanceof ThingError && error.retryAfter !== undefined) {
      reply.header('retry-after', String(Math.ceil(error.retryAfter)));
    }
    if (status === 500) log.error({ path: url.split('?', 1)[0], error }, 'a request failed');
    return sendDetail(reply.code(status), status === 500 ? 'Something went wrong in the server' : error);
  });
}

function statusOf(error: unknown): number {
  if (error instanceof ThingError) return error.code === 'invalid' ? UNPROCESSABLE : toProblem(error).status;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : 500;
}

/** Answers with a detail. */
export function sendDetail(reply: FastifyReply, error: unknown): FastifyReply {
  const detail = error instanceof Error ? error.message : error;
  const faults = error instanceof ThingError ? error.faults : undefined;
  return reply.send({ detail, ...(faults ? { faults } : {}) });
}
