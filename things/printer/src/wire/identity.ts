import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { ThingError } from '@thingwright/core';
import { uuidBytes } from './printer-uuid.js';

/** Who a device says that it is. */
export interface ClaimedIdentity {
  /** 10 characters of ASCII. */
  readonly serial: string;
  readonly uuid: string;
  /** RSA, DER SubjectPublicKeyInfo. */
  readonly masterKey: Buffer;
}

/** Characters of a serial number. */
export const SERIAL_LENGTH = 10;
/** Of the 120 bytes of the factory's root key. */
const FACTORY_ROOT = '56f37e10fafca0663fd34c6b2f34a0dd1222d15722dff9dcf944436b270338ba';
/** How serials of devices begin whose signature may be over a SHA-1. */
const OLD_SERIALS = ['FD1A', 'F1K0', 'B11A', 'B11B', '4040'];

/** What the factory signs of a device (reference, section 2.8). */
const identifyDocument = ({ serial, uuid, masterKey }: ClaimedIdentity): Buffer =>
  Buffer.concat([Buffer.from(`${serial}$`, 'latin1'), uuidBytes(uuid), Buffer.from('$'), masterKey]);

/** Whether the owner of `root` has signed this identity: with SHA-256, or with SHA-1 for old devices. */
export function isSignedIdentity(identity: ClaimedIdentity, identify: Buffer, root: KeyObject): boolean {
  const document = identifyDocument(identity);
  if (verify('sha256', document, root, identify)) return true;
  return OLD_SERIALS.some((start) => identity.serial.startsWith(start)) && verify('sha1', document, root, identify);
}

/** Signs an identity as the factory does: the identify signature of announcements. */
export const signIdentity = (identity: ClaimedIdentity, root: KeyObject): Buffer =>
  sign('sha256', identifyDocument(identity), root);

/** Whether the vendor's client takes this identity without a signature (section 9.2): it proves nothing. */
export const isBypassIdentity = ({ serial, uuid }: Pick<ClaimedIdentity, 'serial' | 'uuid'>): boolean =>
  (serial === 'XXXXXXXXXX' && /^f{8}-f{4}-f{4}-/i.test(uuid)) || (serial.startsWith('FL') && uuid.startsWith('3010'));

/**
 * Reads the key that devices' identities are signed with, public, PEM or DER.
 * @throws ThingError `invalid` if it is no key on the curve P-384.
 */
export function readIdentityRoot(content: Buffer): KeyObject {
  const key = publicKeyOf(content);
  if (key?.asymmetricKeyDetails?.namedCurve !== 'secp384r1') {
    throw new ThingError('invalid', 'The root of identities has to be a public key on P-384, as PEM or DER');
  }
  return key;
}

/** Whether a root is that of the vendor's factory. */
export const isFactoryRoot = (root: KeyObject): boolean =>
  createHash('sha256')
    .update(root.export({ type: 'spki', format: 'der' }))
    .digest('hex') === FACTORY_ROOT;

function publicKeyOf(content: Buffer): KeyObject | undefined {
  try {
    const isText = content.includes('-----BEGIN');
    return createPublicKey(isText ? content : { key: content, format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}
