import { type Answer, type Operation, ThingError } from '@thingwright/core';
import type { Schedule } from './schedule.js';

/** Who waits for the answer to a request; called once, at once when the answer is there. */
export interface Reply {
  resolve(answer: Answer): void;
  reject(error: ThingError): void;
}

interface Pending {
  readonly reply: Reply;
  /** What was asked, for messages. */
  readonly what: string;
  readonly cancelTimeout: () => void;
}

/** What an operation is called in messages: its name, and that of its affordance. */
export const nameOf = (operation: Operation): string =>
  'name' in operation && operation.name !== undefined ? `${operation.op} '${operation.name}'` : operation.op;

/** The requests of a connection that wait for an answer, by correlationID. Each one is answered, or rejected in time. */
export class PendingRequests {
  readonly #pending = new Map<string, Pending>();
  readonly #schedule: Schedule;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /** How many wait. */
  get size(): number {
    return this.#pending.size;
  }

  /** Waits for an answer, `timeout` milliseconds at most. */
  add(
    correlationID: string,
    reply: Reply,
    { what, timeout }: { readonly what: string; readonly timeout: number },
  ): void {
    const cancelTimeout = this.#schedule(() => {
      this.#pending.delete(correlationID);
      reply.reject(new ThingError('timeout', `${what}: no answer within ${timeout} ms`));
    }, timeout);
    this.#pending.set(correlationID, { reply, what, cancelTimeout });
  }

  /** Hands an answer or an error over; false if nobody waits for it. */
  settle(correlationID: string, outcome: Answer | ThingError): boolean {
    const pending = this.#pending.get(correlationID);
    if (!pending) return false;
    this.#pending.delete(correlationID);
    pending.cancelTimeout();
    if (outcome instanceof ThingError) pending.reply.reject(outcome);
    else pending.reply.resolve(outcome);
    return true;
  }

  /** Rejects all that wait with `disconnected`; whether they were carried out is not known. */
  disconnect(why: string): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reply, what, cancelTimeout } of all) {
      cancelTimeout();
      reply.reject(new ThingError('disconnected', `${what}: ${why}`));
    }
  }
}
