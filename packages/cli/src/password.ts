import { readFile } from 'node:fs/promises';
import type { Terminal } from './terminal.js';
import { usageError } from './usage-error.js';

/** A password that is not on the command line, which everybody on the machine can read: from a file, or asked for. */
export async function readPassword(
  prompt: string,
  file: string | undefined,
  terminal: Pick<Terminal, 'readSecret'>,
): Promise<string> {
  if (file === undefined) return terminal.readSecret(prompt);
  const text = await readFile(file, 'utf8').catch(() => {
    throw usageError(`--password-file: '${file}' cannot be read`);
  });
  return text.replace(/\r?\n$/, '');
}

/** A new password: a person has to type it twice. */
export async function readNewPassword(file: string | undefined, terminal: Terminal): Promise<string> {
  const password = await readPassword('New password', file, terminal);
  if (file !== undefined || !terminal.asksSecrets) return password;
  if ((await terminal.readSecret('The same again')) !== password) throw usageError('The two passwords differ');
  return password;
}
