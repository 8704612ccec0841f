import type { Engine } from '../engine/engine.js';

/** What a store has to know of the past before it can answer at once. */
export interface Loaded {
  readonly things: readonly { readonly key: number; readonly id: string }[];
  readonly names: readonly { readonly key: number; readonly kind: string; readonly name: string }[];
  readonly tails: readonly { readonly thing: number; readonly last: number; readonly latest: string }[];
  /** In the order of their requests. `kept` is JSON of a KeptInvocation. */
  readonly invocations: readonly { readonly thing: number; readonly kept: string }[];
  readonly holes: readonly { readonly start: number; readonly until: number }[];
}

/** Reads it. The log has to be settled before. */
export async function load({ db }: Engine): Promise<Loaded> {
  return db.transaction().execute(async (transaction) => ({
    things: await transaction.selectFrom('things').select(['key', 'id']).execute(),
    names: await transaction.selectFrom('names').select(['key', 'kind', 'name']).execute(),
    tails: await transaction.selectFrom('tails').select(['thing', 'last', 'latest']).execute(),
    invocations: await transaction.selectFrom('invocations').select(['thing', 'kept']).orderBy('place').execute(),
    holes: await transaction.selectFrom('holes').select(['start', 'until']).execute(),
  }));
}
