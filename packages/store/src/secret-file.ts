import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { ThingError } from '@thingwright/core';

/** A secret and whether it was made just now. */
export interface Secret {
  readonly value: string;
  readonly made: boolean;
}

/**
 * Reads a secret from a file, or makes one of 32 random bytes in base64url and keeps it there, mode 0600.
 * @throws ThingError `invalid` if the file is empty, `unavailable` if it can neither be read nor made.
 */
export async function openSecretFile(path: string): Promise<Secret> {
  const kept = await read(path);
  if (kept === '') throw new ThingError('invalid', `The file ${path} is empty; remove it, and a new secret is made`);
  if (kept !== undefined) return { value: kept, made: false };
  const value = randomBytes(32).toString('base64url');
  await write(path, value);
  return { value, made: true };
}

async function read(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ThingError('unavailable', `The file ${path} cannot be read`, { cause: error });
  }
}

/** Written beside and renamed, so that a crash leaves either no file or a whole one. */
async function write(path: string, value: string): Promise<void> {
  try {
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(`${value}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  } catch (error) {
    throw new ThingError('unavailable', `The file ${path} cannot be written`, { cause: error });
  }
}
