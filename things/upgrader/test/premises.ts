import type { Catalogue, UpgradeTables } from '../src/index.js';

/** What a suite is run over, empty at the beginning; disposed when a test ends. */
export interface Premises extends AsyncDisposable {
  readonly tables: UpgradeTables;
  readonly catalogue: Catalogue;
}

/** Makes premises for one test. */
export type Prepare = () => Promise<Premises>;

/** The code of the ThingError that a promise rejects with; `none` if it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}
