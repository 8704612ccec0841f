import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ThingError } from '@thingwright/core';
import type { DeviceSettings } from '@thingwright/device-link/device';
import type { PrinterMemory } from './printer-settings.js';

/** The file in a printer's folder by which clients trust the root that has signed it. */
const ROOT_FILE = 'identity-root.pem';

/**
 * The root that signs a printer's identity: the one that is given (a private key, PEM), else its own, made once and kept. Whom to
 * trust stands in `identity-root.pem`.
 * @throws ThingError `invalid` if it is no key on P-384
 */
export async function openIdentityRoot(
  memory: DeviceSettings<PrinterMemory>,
  folder: string,
  given: string | undefined,
): Promise<KeyObject> {
  if (given === undefined && memory.get('rootKey') === '') await memory.set({ rootKey: makeRoot() });
  const root = readRoot(given ?? memory.get('rootKey'));
  await writeFile(join(folder, ROOT_FILE), createPublicKey(root).export({ type: 'spki', format: 'pem' }));
  return root;
}

const makeRoot = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

function readRoot(pem: string): KeyObject {
  try {
    const root = createPrivateKey(pem);
    if (root.asymmetricKeyDetails?.namedCurve === 'secp384r1') return root;
  } catch (cause) {
    throw new ThingError('invalid', 'The root of identities is no private key, PEM', { cause });
  }
  throw new ThingError('invalid', 'The root of identities has to be a key on P-384');
}
