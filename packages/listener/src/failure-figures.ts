import { type Authenticate, type Authentication, type Credentials, type Meter, ThingError } from '@thingwright/core';

/** Counts the credentials that were shown and not accepted, by their kind; not those of whom nobody could tell for the moment. */
export function countFailures(authenticate: Authenticate, meter: Meter): Authenticate {
  const counter = (credentials: string) =>
    meter.counter({
      name: 'thingwright_authentication_failures_total',
      help: 'Credentials that were shown and not accepted.',
      labels: { credentials },
    });
  const figures = {
    bearer: counter('bearer'),
    basic: counter('basic'),
    cookie: counter('cookie'),
    ticket: counter('ticket'),
  };

  const note = (kind: Credentials['kind'], found: Authentication | undefined): Authentication | undefined => {
    if (kind !== 'none' && (!found || found.ended?.aborted)) figures[kind].value++;
    return found;
  };
  const noteError = (kind: Credentials['kind'], error: unknown): void => {
    if (kind !== 'none' && error instanceof ThingError && REFUSALS.has(error.code)) figures[kind].value++;
  };
  const follow = async (kind: Credentials['kind'], later: Promise<Authentication | undefined>) => {
    try {
      return note(kind, await later);
    } catch (error) {
      noteError(kind, error);
      throw error;
    }
  };

  return (credentials, caller) => {
    const { kind } = credentials;
    try {
      const found = authenticate(credentials, caller);
      return found instanceof Promise ? follow(kind, found) : note(kind, found);
    } catch (error) {
      noteError(kind, error);
      throw error;
    }
  };
}

const REFUSALS: ReadonlySet<string> = new Set(['unauthenticated', 'forbidden', 'tooMany']);
