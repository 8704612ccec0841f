import { createHmac, type KeyObject } from 'node:crypto';
import { uuidBytes } from './printer-uuid.js';
import { signRsa } from './rsa.js';

/** What a device says first over TCP when TLS follows, 8 bytes in one piece (reference, sections 4.2 and 5.1). */
export const HELLO_TLS = 'FLUX0003';
/** What a robot says first when it goes on with a cipher of its own. */
export const HELLO_CIPHER = 'FLUX0002';
/** Bytes of a hello. */
export const HELLO_BYTES = 8;
/** Random bytes that a device sends after the TLS handshake, without a frame. */
export const CHALLENGE_BYTES = 64;
/** Bytes in which a robot says whether it lets a client in. */
export const VERDICT_BYTES = 16;

/** What a client signs to prove its key over TLS: HMAC-SHA1 of the challenge, keyed with the 16 bytes of the UUID. */
export const challengeDigest = (uuid: string, challenge: Buffer): Buffer =>
  createHmac('sha1', uuidBytes(uuid)).update(challenge).digest();

/** The client's proof: its signature of the digest, which hashes it again. Managers take it in hexadecimal, robots as it is. */
export const answerChallenge = (uuid: string, challenge: Buffer, key: KeyObject): Buffer =>
  signRsa(challengeDigest(uuid, challenge), key);

/** The 16 bytes of a robot's verdict: `OK` or a symbol of an error, padded with NUL. */
export const encodeVerdict = (symbol: string): Buffer => {
  const bytes = Buffer.alloc(VERDICT_BYTES);
  bytes.write(symbol, 'latin1');
  return bytes;
};

/** The symbol of a verdict; devices pad it with NULs or with spaces. */
export const readVerdict = (bytes: Buffer): string =>
  bytes
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .replace(/[^ -~]/g, '?');
