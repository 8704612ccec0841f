import { ThingError } from '@thingwright/core';
import { type CompiledQuery, type Driver, Kysely, type QueryResult } from 'kysely';
import { dialectOf } from '../engine/database-kind.js';
import type { Place } from '../engine/engine.js';
import type { JobArgument, JobName, JobResult } from '../jobs/job.js';
import type { Tables } from '../tables.js';
import type { Backend } from './backend.js';
import { type DatabaseThread, startThread } from './database-thread.js';

/** A Backend in a thread of its own, so that neither a disk nor a long query holds up this one. */
export function openThreadedBackend(place: Place): Backend {
  const thread = startThread(place);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await thread.ask({ type: 'close' });
    await thread.end();
  };
  return {
    kind: place.kind,
    db: new Kysely<Tables>({ dialect: dialectOf(place.kind, () => remoteDriver(thread)) }),
    run: <Name extends JobName>(name: Name, argument: JobArgument<Name>) =>
      thread.ask<JobResult<Name>>({ type: 'job', name, argument }),
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** A connection is a message for each query; only a transaction is something that the thread has to hold. */
function remoteDriver({ ask }: DatabaseThread): Driver {
  const transactions = new WeakMap<object, number>();
  const end = async (connection: object, keep: boolean): Promise<void> => {
    const transaction = transactions.get(connection);
    transactions.delete(connection);
    if (transaction !== undefined) await ask({ type: 'end', transaction, keep });
  };
  return {
    init: async () => undefined,
    async acquireConnection() {
      const connection = {
        executeQuery: <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> =>
          ask({ type: 'query', transaction: transactions.get(connection), sql, parameters }),
        streamQuery(): never {
          throw new TypeError('Rows are read in pages');
        },
      };
      return connection;
    },
    async beginTransaction(connection) {
      transactions.set(connection, await ask({ type: 'begin' }));
    },
    commitTransaction: (connection) => end(connection, true),
    // If the thread knows nothing of the transaction any more, it is rolled back already.
    rollbackTransaction: (connection) => end(connection, false).catch(ignoreOver),
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
}

function ignoreOver(error: unknown): void {
  if (!(error instanceof ThingError)) throw error;
}
