import {
  constants,
  createHash,
  createPublicKey,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto';

/** Bits of the keys that are taken: devices' own have 1024, clients' 1024 to 4096. */
const FEWEST_BITS = 1024;
const MOST_BITS = 4096;

/** Reads an RSA public key of 1024 to 4096 bits, SubjectPublicKeyInfo as DER or PEM; undefined where it is none. */
export function readRsaKey(spki: Buffer | string): KeyObject | undefined {
  try {
    const key = createPublicKey(typeof spki === 'string' ? spki : { key: spki, format: 'der', type: 'spki' });
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    return key.asymmetricKeyType === 'rsa' && bits >= FEWEST_BITS && bits <= MOST_BITS ? key : undefined;
  } catch {
    return undefined;
  }
}

/** A public key, or that of a private one, as it is on the wire: DER SubjectPublicKeyInfo (reference, section 2.8). */
export const keyBytes = (key: KeyObject): Buffer => publicOf(key).export({ type: 'spki', format: 'der' });

/** A public key, or that of a private one, as managers take it: PEM. */
export const keyText = (key: KeyObject): string => publicOf(key).export({ type: 'spki', format: 'pem' }).toString();

const publicOf = (key: KeyObject): KeyObject => (key.type === 'private' ? createPublicKey(key) : key);

/** Bytes of what a key signs or encrypts. @throws TypeError if it is no RSA key. */
export function signatureLength(key: KeyObject): number {
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits === undefined) throw new TypeError('An RSA key is needed');
  return Math.ceil(bits / 8);
}

/** By which name a device knows a key: the SHA-1 of its DER, 20 bytes. */
export const accessID = (key: KeyObject): Buffer => createHash('sha1').update(keyBytes(key)).digest();

/** Signs as everybody here does: RSASSA-PKCS1-v1_5 with SHA-1. */
export const signRsa = (bytes: Buffer, key: KeyObject): Buffer => sign('sha1', bytes, key);

/** Whether `signature` is one of {@link signRsa} over these bytes; any bytes may be asked about. */
export const isRsaSigned = (bytes: Buffer, key: KeyObject, signature: Buffer): boolean =>
  verify('sha1', bytes, key, signature);

const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' } as const;

/** Encrypts at most k-42 bytes for the owner of a key, k being the key's length: OAEP with SHA-1, no label. @throws Error if it is longer. */
export const encryptOaep = (bytes: Buffer, key: KeyObject): Buffer => publicEncrypt({ key, ...OAEP }, bytes);

/** Decrypts what {@link encryptOaep} made; undefined where it was not made for this key. */
export function decryptOaep(bytes: Buffer, key: KeyObject): Buffer | undefined {
  try {
    return privateDecrypt({ key, ...OAEP }, bytes);
  } catch {
    return undefined;
  }
}
