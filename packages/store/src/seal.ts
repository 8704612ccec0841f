import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { ThingError } from '@thingwright/core';

/** Encrypts what is kept and has to be read again. Both sides name the purpose: what was sealed for one is not opened for another. */
export interface Seal {
  close(text: string, purpose: string): Buffer;
  /** @throws ThingError `failed` for what was sealed under another secret or for another purpose, or was changed since. */
  open(sealed: Uint8Array, purpose: string): string;
}

const ALGORITHM = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;

/** Makes a seal out of a store's secret: AES-256-GCM, a random nonce each time, a key of its own by HKDF (RFC 5869). */
export function createSeal(secret: string): Seal {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'thingwright sealed values', 32));
  return {
    close(text, purpose) {
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(Buffer.from(purpose));
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, purpose) {
      try {
        const bytes = Buffer.from(sealed);
        const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE), { authTagLength: TAG });
        decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-TAG));
        return decipher.update(bytes.subarray(NONCE, -TAG), undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        throw new ThingError('failed', 'What was kept cannot be decrypted: the secret of the store is another one', {
          cause,
        });
      }
    },
  };
}
