import { readFile } from 'node:fs/promises';
import { readPassword } from './password.js';
import type { Terminal } from './terminal.js';
import { usageError } from './usage-error.js';

/** Where the credentials are that the gateway shows to a device: files, for secrets have no place on a command line. */
export interface CredentialFiles {
  readonly keyFile?: string;
  readonly passwordFile?: string;
}

/** What the gateway shows to a device: a key from a file, or a password from one, or from who is asked for it. */
export async function readCredentials(
  { keyFile, passwordFile }: CredentialFiles,
  terminal: Terminal,
): Promise<{ readonly privateKey: string } | { readonly password: string }> {
  if (keyFile !== undefined) return { privateKey: await readKey(keyFile) };
  return { password: await readPassword('Password of the device', passwordFile, terminal) };
}

const readKey = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch(() => {
    throw usageError(`--key-file: '${file}' cannot be read`);
  });
