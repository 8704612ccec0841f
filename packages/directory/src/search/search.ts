import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { ThingError } from '@thingwright/core';
import { partOf } from '../room.js';
import type { SearchAnswer, SearchQuestion } from './message.js';
import { Waiting } from './waiting.js';

/** What a search may cost. */
export interface SearchLimits {
  /** Characters of a query. Default 1000. */
  readonly query: number;
  /** Milliseconds that a query may take. Default 5000. */
  readonly time: number;
  /** Bytes of JSON that may be searched. Default 64 MiB. */
  readonly document: number;
  /** Bytes of JSON that may be found. Default 8 MiB. */
  readonly found: number;
  /** Queries that may wait. Default 16. */
  readonly waiting: number;
  /** Of those, of one caller. Default 2. */
  readonly waitingOfOne: number;
}

/** The default of {@link SearchLimits}. */
export const SEARCH_LIMITS: SearchLimits = {
  query: 1000,
  time: 5000,
  document: 67_108_864,
  found: 8_388_608,
  waiting: 16,
  waitingOfOne: 2,
};

/** Searches documents with queries of strangers. Disposing ends its thread; what is asked then is `unavailable`. */
export interface Search extends AsyncDisposable {
  /**
   * Evaluates a JSONPath query (RFC 9535) on a document that is made when its turn has come; gives an array of what it finds, as JSON.
   * @throws ThingError `invalid` for what is no query, is too long, or takes too long; `tooLarge` for what finds too much, or a document
   * that is too large; `tooMany` if too many wait, all in all, of that caller or of its organization.
   */
  find(query: string, document: () => Promise<Buffer>, caller: Searcher): Promise<string>;
}

/** Who searches, and for whom. */
export interface Searcher {
  readonly id: string;
  /** Absent: for no one organization. */
  readonly organization?: string;
}

/** Bytes that a thread may use, for the document and all that a query makes of it. */
const MEMORY = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 };

/**
 * Makes a search. Its thread is started by the first query, and again after one that had to be ended. The share is the part of the queries
 * that may wait that one organization may have.
 */
export function createSearch(limits: SearchLimits = SEARCH_LIMITS, share = 1): Search {
  const ofOne = new Waiting(limits.waitingOfOne);
  const ofOrganization = new Waiting(partOf(limits.waiting, share));
  const ofAll = new Waiting(limits.waiting);
  let thread: Worker | undefined;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  const stop = async (): Promise<void> => {
    const ending = thread;
    thread = undefined;
    await ending?.terminate();
  };

  const evaluate = async (query: string, make: () => Promise<Buffer>): Promise<string> => {
    const document = await make();
    if (document.length > limits.document) {
      throw new ThingError('tooLarge', `There are more than ${limits.document} bytes to search`);
    }
    if (closed) throw new ThingError('unavailable', 'The directory is closed');
    thread ??= startThread();
    const answer = await ask(thread, { query, document, mostBytes: limits.found }, limits.time).catch(async (error) => {
      await stop();
      throw error;
    });
    if ('found' in answer) return answer.found;
    throw new ThingError(answer.code, answer.detail);
  };

  return {
    async find(query, document, caller) {
      if (query.length > limits.query)
        throw new ThingError('invalid', `A query has at most ${limits.query} characters`);
      const { id, organization } = caller;
      const queues = [
        [ofAll, ''],
        [ofOne, id],
        ...(organization === undefined ? [] : ([[ofOrganization, organization]] as const)),
      ] as const;
      if (queues.some(([queue, whose]) => queue.isFull(whose))) {
        throw new ThingError('tooMany', 'Too many queries wait', { retryAfter: 1 });
      }
      for (const [queue, whose] of queues) queue.enter(whose);
      try {
        const work = (): Promise<string> => evaluate(query, document);
        const found = last.then(work, work);
        last = found;
        return await found;
      } finally {
        for (const [queue, whose] of queues) queue.leave(whose);
      }
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      await stop();
    },
  };
}

function startThread(): Worker {
  const ours = createRequire(import.meta.url).resolve('@thingwright/directory/package.json');
  // A loader that this process was started with is none of its concern.
  const program = createRequire(ours).resolve('#search-thread');
  const worker = new Worker(program, { execArgv: [], resourceLimits: MEMORY, name: 'directory search' });
  worker.unref();
  return worker;
}

/** Asks the thread, which is of no more use if this rejects. */
function ask(thread: Worker, question: SearchQuestion, time: number): Promise<SearchAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      thread.off('message', answered).off('error', failed).off('exit', ended);
      finish();
    };
    const answered = (answer: SearchAnswer): void => settle(() => resolve(answer));
    // Out of memory is one of its errors.
    const failed = (cause: unknown): void =>
      settle(() => reject(new ThingError('invalid', 'The query needs too much', { cause })));
    const ended = (): void => settle(() => reject(new ThingError('unavailable', 'The search has ended')));
    const timer = setTimeout(
      () => settle(() => reject(new ThingError('invalid', `The query takes longer than ${time} ms`))),
      time,
    );
    thread.on('message', answered).on('error', failed).on('exit', ended);
    thread.postMessage(question);
  });
}
