import type { Kysely } from 'kysely';
import type { DatabaseKind } from '../engine/database-kind.js';
import { createEngine, type Place } from '../engine/engine.js';
import { type JobArgument, type JobName, type JobResult, runJob } from '../jobs/job.js';
import type { Tables } from '../tables.js';
import { toThingError, withThingErrors } from './thing-errors.js';

/** A database and who works on it. Everything rejects with ThingErrors. */
export interface Backend {
  readonly kind: DatabaseKind;
  /** For what is seldom; every query is a message to where the database is. */
  readonly db: Kysely<Tables>;
  run<Name extends JobName>(name: Name, argument: JobArgument<Name>): Promise<JobResult<Name>>;
  /** Closes it once all that was asked is done; twice does no harm. */
  close(): Promise<void>;
}

/** A Backend in this thread: for a database in memory, which never waits. */
export function openLocalBackend(place: Place): Backend {
  const engine = createEngine(place, withThingErrors);
  return {
    kind: engine.kind,
    db: engine.db,
    run: (name, argument) =>
      runJob(engine, name, argument).catch((error: unknown) => {
        throw toThingError(error);
      }),
    close: () => engine.close(),
  };
}
