/** What runs in the thread of a database: it answers messages, each when it is done. */
import { parentPort, workerData } from 'node:worker_threads';
import { CompiledQuery, type ControlledTransaction } from 'kysely';
import { createEngine, type Place } from '../engine/engine.js';
import { StoreError } from '../engine/store-error.js';
import { runJob } from '../jobs/job.js';
import type { Tables } from '../tables.js';
import type { Failure, Question, Request, Response } from './message.js';

const place: Place = workerData;
const engine = createEngine(place);
const transactions = new Map<number, ControlledTransaction<Tables>>();

parentPort?.on('message', (request: Request) => void answer(request));

async function answer({ id, question }: Request): Promise<void> {
  const response: Response<unknown> = await carryOut(id, question).then(
    (result) => ({ id, result }),
    (error: unknown) => ({ id, failure: toFailure(error) }),
  );
  parentPort?.postMessage(response);
  if (question.type === 'close') parentPort?.close();
}

async function carryOut(id: number, question: Question): Promise<unknown> {
  switch (question.type) {
    case 'job':
      return runJob(engine, question.name, question.argument);
    case 'query': {
      const { sql, parameters, transaction } = question;
      const db = transaction === undefined ? engine.db : transactionOf(transaction);
      return db.executeQuery(CompiledQuery.raw(sql, [...parameters]));
    }
    case 'begin':
      transactions.set(id, await engine.db.startTransaction().execute());
      return id;
    case 'end': {
      const transaction = transactionOf(question.transaction);
      transactions.delete(question.transaction);
      return question.keep ? commit(transaction) : transaction.rollback().execute();
    }
    case 'close':
      return engine.close();
  }
}

/** A controlled transaction whose commit fails would hold its connection for ever. */
async function commit(transaction: ControlledTransaction<Tables>): Promise<void> {
  try {
    await transaction.commit().execute();
  } catch (error) {
    await transaction.rollback().execute();
    throw error;
  }
}

function transactionOf(id: number): ControlledTransaction<Tables> {
  const transaction = transactions.get(id);
  if (!transaction) throw new StoreError('unavailable', 'The transaction is over');
  return transaction;
}

function toFailure(error: unknown): Failure {
  if (!(error instanceof StoreError)) return { code: 'failed', detail: 'The store failed', cause: stackOf(error) };
  return { code: error.code, detail: error.message, cause: stackOf(error.cause) };
}

const stackOf = (error: unknown): string | undefined => (error instanceof Error ? error.stack : undefined);
