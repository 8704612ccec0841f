import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ThingError } from '@thingwright/core';

/** The file in the data folder that holds the key by which printers let the gateway in. */
export const PRINTER_KEY_FILE = 'printer-key.pem';

const generate = promisify(generateKeyPair);
const BITS = 2048;

/**
 * Opens the RSA key that printers are told to trust: kept in the data folder, mode 0600, made at first; without a folder it lasts as long as the process.
 * @throws ThingError `invalid` if the file holds no such key, `unavailable` if it can neither be read nor made.
 */
export async function openPrinterKey(data: string | undefined): Promise<KeyObject> {
  const kept = data === undefined ? undefined : await read(join(data, PRINTER_KEY_FILE));
  if (kept) return kept;
  const { privateKey } = await generate('rsa', { modulusLength: BITS });
  if (data !== undefined) await write(join(data, PRINTER_KEY_FILE), privateKey);
  return privateKey;
}

async function read(path: string): Promise<KeyObject | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new ThingError('unavailable', `The file ${path} cannot be read`, { cause });
  }
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Said below, whatever it was.
  }
  throw new ThingError('invalid', `The file ${path} holds no RSA key; remove it, and a new one is made`);
}

/** Written beside and renamed, so that a crash leaves either no file or a whole one. */
async function write(path: string, key: KeyObject): Promise<void> {
  try {
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.chmod(0o600);
      await file.writeFile(key.export({ type: 'pkcs8', format: 'pem' }));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  } catch (cause) {
    throw new ThingError('unavailable', `The file ${path} cannot be written`, { cause });
  }
}
