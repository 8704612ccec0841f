import type { Answer, Context } from './channel.js';
import type { Operation } from './operation.js';

/** An operation that is about to be carried out. */
export interface Traced {
  readonly thing: { readonly id: string; readonly name: string };
  readonly operation: Operation;
  readonly context: Context;
}

/** Carries out an operation by `perform`, once, and hands on what comes of it, be it thrown; for who traces requests through programs. */
export type Trace = (traced: Traced, perform: () => Answer | Promise<Answer>) => Answer | Promise<Answer>;
