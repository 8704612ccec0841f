import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { ThingError } from '@thingwright/core';
import { type ImageManifest, type ImageSignature, manifestText } from '@thingwright/device-link';

/** Whose signatures are trusted: Ed25519 public keys by their ids. */
export type ImageKeys = ReadonlyMap<string, KeyObject>;

/** A public key that images are signed with; PEM. @throws ThingError `invalid` for what is no public key of Ed25519. */
export function imageKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw new ThingError('invalid', 'This is no key in PEM', { cause });
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new ThingError('invalid', `This is a key of ${key.asymmetricKeyType ?? 'another kind'}, not of Ed25519`);
}

/** The key that made a signature: the one that is named, or whichever it is; undefined: none of them. */
export function signerOf(
  manifest: ImageManifest,
  { keyID, value }: { readonly keyID: string | undefined; readonly value: string },
  keys: ImageKeys,
): ImageSignature | undefined {
  const text = Buffer.from(manifestText(manifest));
  const bytes = Buffer.from(value, 'base64');
  for (const [id, key] of keys) {
    if (keyID !== undefined && id !== keyID) continue;
    if (verify(null, text, key, bytes)) return { keyID: id, value };
  }
  return undefined;
}

/** Whether a text may be a signature: 64 bytes in base64. */
export const isSignature = (value: string): boolean => /^[A-Za-z0-9+/]{85}[AQgw]==$/.test(value);
