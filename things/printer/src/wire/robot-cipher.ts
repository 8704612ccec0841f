import { type Cipher, createCipheriv, createDecipheriv, type Decipher, type KeyObject } from 'node:crypto';
import { ThingError } from '@thingwright/core';
import { decryptOaep, encryptOaep } from './rsa.js';

/** Bytes of a robot's signature in its hello, and of the random bytes that it signs (reference, section 5.1). */
export const ROBOT_SIGNATURE_BYTES = 128;
/** Random bytes that a robot sends and a client signs. */
export const ROBOT_RANDOM_BYTES = 128;
const KEY_BYTES = 32;
const IV_BYTES = 16;

/** The two directions of a robot's connection of the older generation; each has a state of its own, and no proof against changes. */
export interface RobotCipher {
  readonly encrypt: Cipher;
  readonly decrypt: Decipher;
}

/** Key and IV, 48 bytes, for the owner of a key. */
export const sealSecret = (secret: Buffer, key: KeyObject): Buffer => encryptOaep(secret, key);

/** Opens what a robot has sealed. @throws ThingError `protocol` if it is not for this key or of another length */
export function openSecret(sealed: Buffer, key: KeyObject): Buffer {
  const secret = decryptOaep(sealed, key);
  if (secret?.length !== KEY_BYTES + IV_BYTES)
    throw new ThingError('protocol', 'The robot sent no key that can be used');
  return secret;
}

/** Bytes of a secret: the key, then the IV. */
export const SECRET_BYTES = KEY_BYTES + IV_BYTES;

/** The cipher that both sides make of the secret: AES-256-CFB with segments of 8 bits. @throws RangeError if it has not 48 bytes */
export function robotCipher(secret: Buffer): RobotCipher {
  if (secret.length !== SECRET_BYTES) throw new RangeError(`The secret has to have ${SECRET_BYTES} bytes`);
  const key = secret.subarray(0, KEY_BYTES);
  const iv = secret.subarray(KEY_BYTES);
  return {
    encrypt: createCipheriv('aes-256-cfb8', key, iv),
    decrypt: createDecipheriv('aes-256-cfb8', key, iv),
  };
}
