import { ThingError } from '@thingwright/core';
import type { Driver } from 'kysely';
import { StoreError } from '../engine/store-error.js';

/** The ThingError of whatever a database threw. */
export function toThingError(error: unknown): ThingError {
  if (!(error instanceof StoreError)) return ThingError.from(error, 'The store failed');
  const { code, message, cause } = error;
  return new ThingError(code, message, cause === undefined ? {} : { cause });
}

const rethrow = (error: unknown): never => {
  throw toThingError(error);
};

/** A driver whose errors are ThingErrors. */
export function withThingErrors(driver: Driver): Driver {
  return {
    ...driver,
    async acquireConnection() {
      const connection = await driver.acquireConnection().catch(rethrow);
      return {
        ...connection,
        executeQuery: (query) => connection.executeQuery<never>(query).catch(rethrow),
      };
    },
  };
}
