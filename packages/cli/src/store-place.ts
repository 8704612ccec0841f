import { ThingError } from '@thingwright/core';
import { ADMIN_TOKEN_FILE, CERTIFICATE_FILE, readConfiguration } from '@thingwright/gateway';
import type { Environment } from './terminal.js';
import { usageError } from './usage-error.js';

/** Options of the commands that work on a store itself, whether or not a gateway uses it. */
export interface StoreOptions {
  readonly data?: string;
  readonly config?: string;
  readonly json?: boolean;
}

/** Where the store of a gateway is, by the settings that the gateway is started with. @throws CommanderError for wrong ones. */
export async function storePlaceOf(
  { data, config }: StoreOptions,
  environment: Environment,
): Promise<{ readonly data: string; readonly database?: string }> {
  const { data: folder, databaseUrl } = await readConfiguration({ options: { data, config }, environment }).catch(
    refuse,
  );
  return { data: folder, ...(databaseUrl === undefined ? {} : { database: databaseUrl }) };
}

/** The files of a data folder that nobody else may see: the key of all tokens, the admin token, the certificate with its key. */
export const SECRET_FILES: readonly string[] = ['secret', ADMIN_TOKEN_FILE, CERTIFICATE_FILE, 'tls-key.pem'];

function refuse(error: unknown): never {
  throw error instanceof ThingError ? usageError(error.detail) : error;
}
