import { createPrivateKey, type KeyObject, randomBytes, webcrypto } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { type CertificateName, commonName } from '../wire/common-name.js';
import { keyBytes } from '../wire/rsa.js';

const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
const DAY = 86_400_000;
const LIFE = 10 * 365 * DAY;

/**
 * Makes the certificate of a printer, self-signed with its own RSA key, and what a TLS server needs of it. The common name is
 * UTF8String: the vendor's client reads no other (reference, section 9.4).
 */
export async function printerCertificate(key: string, name: CertificateName, now: number): Promise<SecureContext> {
  // Loaded by simulators only.
  const x509 = await import('@peculiar/x509');
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    name: new x509.Name([{ CN: [{ utf8String: commonName(name) }] }]),
    // Clocks differ.
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + LIFE),
    signingAlgorithm: ALGORITHM,
    keys: await webKeys(createPrivateKey(key)),
  });
  return createSecureContext({ key, cert: certificate.toString('pem'), minVersion: 'TLSv1.2' });
}

/** The key as the maker of certificates takes it. */
async function webKeys(key: KeyObject): Promise<webcrypto.CryptoKeyPair> {
  const { subtle } = webcrypto;
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  return {
    privateKey: await subtle.importKey('pkcs8', pkcs8, ALGORITHM, true, ['sign']),
    publicKey: await subtle.importKey('spki', keyBytes(key), ALGORITHM, true, ['verify']),
  };
}
