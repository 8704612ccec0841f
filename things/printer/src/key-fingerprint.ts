import { createHash } from 'node:crypto';

/** The fingerprint of a public key, of its DER SubjectPublicKeyInfo: SHA-256 in Base64. */
export const keyFingerprint = (spki: Buffer): string => createHash('sha256').update(spki).digest('base64');
