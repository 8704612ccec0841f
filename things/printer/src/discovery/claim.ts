import type { KeyObject } from 'node:crypto';
import { keyFingerprint } from '../key-fingerprint.js';
import { type ClaimedIdentity, isBypassIdentity, isSignedIdentity } from '../wire/identity.js';
import { readRsaKey } from '../wire/rsa.js';
import type { PrinterPin } from './found-printer.js';

/** An identity that a device claims, with the signature that shall prove it. */
export interface SignedClaim extends ClaimedIdentity {
  readonly identify: Buffer;
}

/** A claim that was looked at. Its buffers are its own, and not parts of a datagram. */
export interface Claim extends SignedClaim {
  readonly key: KeyObject;
  /** The factory has signed it. */
  readonly isVerified: boolean;
}

/**
 * Looks at a claim: undefined if it is not to be listened to, because its key is none, or it is not signed where it ought to be.
 * Without a root nothing can be verified; an identity that the vendor's client takes unsigned never is (reference, section 6).
 */
export function examineClaim(claimed: SignedClaim, root: KeyObject | undefined): Claim | undefined {
  const key = readRsaKey(claimed.masterKey);
  if (!key) return undefined;
  const isBypass = isBypassIdentity(claimed);
  const isVerified = root !== undefined && !isBypass && isSignedIdentity(claimed, claimed.identify, root);
  if (root && !isBypass && !isVerified) return undefined;
  const { uuid, serial, masterKey, identify } = claimed;
  return { uuid, serial, masterKey: Buffer.from(masterKey), identify: Buffer.from(identify), key, isVerified };
}

/** Whether two claims are the same, signature and all: what was looked at once need not be again. */
export const isSameClaim = (a: SignedClaim, b: SignedClaim): boolean =>
  isSameOwner(a, b) && a.identify.equals(b.identify);

/** Whether two claims are of the same device. */
export const isSameOwner = (a: ClaimedIdentity, b: ClaimedIdentity): boolean =>
  a.serial === b.serial && a.masterKey.equals(b.masterKey);

/** Whether a claim is of the device that was pinned. */
export const fitsPin = ({ serial, masterKey }: ClaimedIdentity, pin: PrinterPin): boolean =>
  serial === pin.serial && keyFingerprint(masterKey) === pin.masterKey;
