import { type Fault, type Log, ThingError } from '@thingwright/core';
import { answerErrorsAs } from '@thingwright/listener';
import type { FastifyInstance } from 'fastify';

/** The texts that clients of the REST API know (reference, section 8.1). */
export const TEXTS = {
  notFound: 'Not found.',
  notPermitted: 'You do not have permission to perform this action.',
  notManager: 'User is not a manager of the organization to which the requested resource belongs.',
  notLoggedIn: 'Authentication credentials were not provided.',
  required: 'This field is required.',
} as const;

/** What a request is refused with whose members are wrong: by member, `__all__` for none alone. */
export const fieldError = (field: string, message: string): ThingError =>
  new ThingError('invalid', message, { faults: [{ path: field === '__all__' ? '' : `/${field}`, message }] });

/** What a row is refused with that is not there, or that the caller may not see. */
export const notFound = (): ThingError => new ThingError('notFound', TEXTS.notFound);

/**
 * Has every error answered as the clients of the REST API read it: `{"<member>": ["<text>"]}` for values that do not fit, `{"error": "<text>"}` for
 * what is refused as things stand, else `{"detail": "<text>"}`.
 */
export const answerAsRest = (app: FastifyInstance, log: Log): void => answerErrorsAs(app, log, { bodyOf });

function bodyOf(error: Error): object {
  if (error instanceof ThingError && error.faults) return membersOf(error.faults);
  return error instanceof ThingError && error.code === 'conflict'
    ? { error: error.message }
    : { detail: error.message };
}

function membersOf(faults: readonly Fault[]): Readonly<Record<string, readonly string[]>> {
  const members: Record<string, string[]> = {};
  for (const { path, message } of faults) {
    const name = path.split('/')[1] ?? '__all__';
    members[name] = [...(members[name] ?? []), message];
  }
  return members;
}
