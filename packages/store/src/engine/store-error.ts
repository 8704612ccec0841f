/**
 * An error of a database, before it is a ThingError: what runs in the thread of a database knows nothing of core, which would be
 * most of what a thread has to load before it can begin.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';

  constructor(
    readonly code: 'conflict' | 'invalid' | 'failed' | 'unavailable',
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options);
  }
}
