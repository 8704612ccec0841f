import { type Log, ThingError } from '@thingwright/core';
import { answerErrorsAs } from '@thingwright/listener';
import type { FastifyInstance } from 'fastify';

/**
 * Has every error answered as the callers of the device manager read it: `{"detail": "<text>"}`, and with `faults` where a value does not
 * fit, which has a status of its own there.
 */
export const answerWithDetails = (app: FastifyInstance, log: Log): void =>
  answerErrorsAs(app, log, { bodyOf, statuses: { invalid: 422 } });

const bodyOf = (error: Error): object => ({
  detail: error.message,
  ...(error instanceof ThingError && error.faults ? { faults: error.faults } : {}),
});
