import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { ThingError } from '@thingwright/core';
import type { Place } from '../engine/engine.js';
import type { Question, Request, Response } from './message.js';

/** The thread of a database, from outside. */
export interface DatabaseThread {
  /** Asks it something; rejects with a ThingError, `unavailable` also if the thread has ended. */
  ask<T>(question: Question): Promise<T>;
  /** Resolves when it has ended. */
  end(): Promise<void>;
}

/** Starts a thread. It ends with this one, and does not keep it from ending while nothing is asked. */
export function startThread(place: Place): DatabaseThread {
  const worker = new Worker(findProgram(), {
    workerData: place,
    // A loader that this process was started with is none of its concern, and would take ten times as long as it does.
    execArgv: [],
    name: `store ${place.kind}${place.readOnly ? ' reader' : ''}`,
  });
  const answers = new EventEmitter();
  const pending = new Set<number>();
  let serial = 0;
  let failure: ThingError | undefined;

  const settle = (response: Response<unknown>): void => {
    pending.delete(response.id);
    if (pending.size === 0) worker.unref();
    answers.emit(String(response.id), response);
  };
  const fail = (cause?: unknown): void => {
    failure ??= new ThingError('unavailable', 'The store is closed', cause === undefined ? {} : { cause });
    const { detail } = failure;
    const told = cause instanceof Error ? cause.stack : undefined;
    for (const id of pending) settle({ id, failure: { code: 'unavailable', detail, cause: told } });
  };
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      fail();
      resolve();
    });
  });
  worker.on('message', settle).on('error', fail);
  worker.unref();

  return {
    ask<T>(question: Question): Promise<T> {
      return new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        const request: Request = { id: ++serial, question };
        answers.once(String(request.id), (response: Response<T>) => {
          if (response.failure) reject(toError(response.failure));
          else resolve(response.result);
        });
        pending.add(request.id);
        worker.ref();
        worker.postMessage(request);
      });
    },
    end() {
      worker.ref();
      return ended;
    },
  };
}

/** Found by the name of our package, so also from a bundle that this file became a part of. */
function findProgram(): string {
  const ours = createRequire(import.meta.url).resolve('@thingwright/store/package.json');
  return createRequire(ours).resolve('#database-thread');
}

function toError({
  code,
  detail,
  cause,
}: {
  code: ThingError['code'];
  detail: string;
  cause: string | undefined;
}): ThingError {
  return new ThingError(code, detail, cause === undefined ? {} : { cause });
}
