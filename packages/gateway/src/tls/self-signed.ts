import { randomBytes, X509Certificate } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Now } from '@thingwright/core';
import { type CertificateSource, checkPair } from '@thingwright/listener';
import { interval } from 'rxjs';

/** The files in the data folder that hold the certificate and its key. */
export const CERTIFICATE_FILE = 'tls-cert.pem';
const KEY_FILE = 'tls-key.pem';

const DAY = 86_400_000;
/** Apple's clients take no certificate of more than 825 days, others none of more than 398. */
const LIFE = 397 * DAY;
/** Renewed so long before its end. */
const MARGIN = 30 * DAY;

/** What a self-signed certificate is made for. */
export interface SelfSignedOptions {
  /** Where it is kept; absent: made anew each time. */
  readonly data?: string | undefined;
  /** Addresses and names besides those of this machine: the configured host and that of the public URL. */
  readonly hosts?: readonly string[];
  readonly now?: Now;
}

/** A certificate that vouches for itself; whoever relies on it compares its fingerprint. */
export interface SelfSigned extends CertificateSource {
  /** SHA-256, in hexadecimal with colons. */
  readonly fingerprint: string;
  /** Whether it was made just now, and nobody has seen it yet. */
  readonly isNew: boolean;
}

interface Texts {
  readonly key: string;
  readonly cert: string;
}

/**
 * Opens the self-signed certificate of a gateway: the one that is kept, if it is good for all hosts and not about to end; else a
 * new one, kept for its owner only. It is looked at once a day, and renewed before its end.
 */
export async function openSelfSigned({ data, hosts = [], now = Date.now }: SelfSignedOptions): Promise<SelfSigned> {
  const names = namesOf(hosts);
  const isGood = (pair: Texts): boolean => isGoodFor(pair, names, now() + MARGIN);
  const kept = await readKept(data);
  const isNew = !(kept && isGood(kept));
  const renew = async (): Promise<Texts> => keep(await makePair(names, now()), data);
  let pair = isNew ? await renew() : kept;
  return {
    fingerprint: new X509Certificate(pair.cert).fingerprint256,
    isNew,
    async read() {
      if (!isGood(pair)) pair = await renew();
      return pair;
    },
    changes: interval(DAY),
  };
}

/** Addresses that stand for all are no names of ours, and what is no name is left out. */
function namesOf(hosts: readonly string[]): readonly string[] {
  const all = ['localhost', '127.0.0.1', '::1', hostname(), ...hosts.map((host) => host.replace(/^\[(.*)\]$/, '$1'))];
  return [...new Set(all)].filter((name) => name !== '0.0.0.0' && name !== '::' && /^[\w.:-]+$/.test(name));
}

async function readKept(data: string | undefined): Promise<Texts | undefined> {
  if (data === undefined) return undefined;
  try {
    return {
      key: await readFile(join(data, KEY_FILE), 'utf8'),
      cert: await readFile(join(data, CERTIFICATE_FILE), 'utf8'),
    };
  } catch {
    return undefined;
  }
}

function isGoodFor(pair: Texts, names: readonly string[], until: number): boolean {
  try {
    const certificate = checkPair(pair);
    const covers = (name: string): boolean =>
      (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
    return Date.parse(certificate.validTo) > until && names.every(covers);
  } catch {
    return false;
  }
}

/** A pair of which one file was written and the other not does not fit, and is made anew. */
async function keep(pair: Texts, data: string | undefined): Promise<Texts> {
  if (data === undefined) return pair;
  for (const [name, text] of [
    [KEY_FILE, pair.key],
    [CERTIFICATE_FILE, pair.cert],
  ] as const) {
    const path = join(data, name);
    await writeFile(`${path}.new`, text, { mode: 0o600 });
    await rename(`${path}.new`, path);
  }
  return pair;
}

/** Makes a key on P-256 and a certificate for it. The library is loaded only by those who ask for one. */
async function makePair(names: readonly string[], now: number): Promise<Texts> {
  const x509 = await import('@peculiar/x509');
  const signingAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // Positive, and of so many bits that no two are the same (RFC 5280, section 4.1.2.2).
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    name: 'CN=thingwright',
    // Clocks differ a little.
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + LIFE - DAY),
    signingAlgorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const lines = key.match(/.{1,64}/g) ?? [];
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`,
    cert: `${certificate.toString('pem')}\n`,
  };
}
