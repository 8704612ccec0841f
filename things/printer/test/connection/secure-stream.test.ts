import { generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { expect } from 'chai';
import { Deadline } from '../../src/connection/deadline.js';
import { dial } from '../../src/connection/dial.js';
import type { PrinterTarget } from '../../src/connection/printer-target.js';
import { secureStream } from '../../src/connection/secure-stream.js';
import { keyFingerprint } from '../../src/key-fingerprint.js';
import { HELLO_TLS } from '../../src/wire/challenge.js';
import { keyBytes } from '../../src/wire/rsa.js';
import { CLIENT_KEY, codeOf } from '../served-printer.js';

const UUID = 'ffffffff-ffff-ffff-0011-223344556677';
const NAME = `${UUID.replaceAll('-', '')}:XXXXXXXXXX:00`;
const KEY = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
const PIN = { serial: 'XXXXXXXXXX', masterKey: keyFingerprint(keyBytes(KEY)) };

/** A device that says hello, then goes on with TLS as it is told to, and says one more thing. */
async function device(options: SecureContextOptions): Promise<AsyncDisposable & { readonly port: number }> {
  const context = createSecureContext(options);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(HELLO_TLS);
    const secure = new TLSSocket(socket, { isServer: true, secureContext: context });
    secure.on('error', () => socket.destroy());
    secure.on('secure', () => secure.write('welcome'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

/** A self-signed certificate of a key, with these common names. */
async function certificateOf(key: KeyObject, ...names: readonly string[]): Promise<SecureContextOptions> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-1' };
  const { subtle } = webcrypto;
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: new x509.Name(names.map((name) => ({ CN: [{ utf8String: name }] }))),
    notBefore: new Date('1970-01-02'),
    notAfter: new Date('1971-01-01'),
    signingAlgorithm: algorithm,
    keys: {
      privateKey: await subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']),
      publicKey: await subtle.importKey('spki', keyBytes(key), algorithm, true, ['verify']),
    },
  });
  return {
    key: key.export({ type: 'pkcs8', format: 'pem' }),
    cert: certificate.toString('pem'),
    ciphers: 'DEFAULT@SECLEVEL=0',
  };
}

/** What is read of a device after the handshake, as text. */
async function secured(port: number, told: Partial<PrinterTarget> = {}): Promise<string> {
  const target: PrinterTarget = {
    uuid: UUID,
    name: 'bob',
    address: '127.0.0.1',
    ports: { manager: port, robot: port },
    pin: PIN,
    slaveKey: undefined,
    clientKey: CLIENT_KEY,
    keepTLSKey: async () => undefined,
    isAnother: () => undefined,
    ...told,
  };
  const deadline = new Deadline({ timeout: 3000, late: 'late' });
  const { stream } = await dial({ address: '127.0.0.1', port }, deadline);
  const secure = await secureStream(stream, target, deadline);
  try {
    return (await secure.take('welcome'.length, deadline)).toString();
  } finally {
    secure.close();
  }
}

describe('A connection that goes on with TLS', () => {
  for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
    it(`reaches a device that knows ${version} only, with a short key and a certificate that is out of date`, async () => {
      const certificate = await certificateOf(KEY, NAME);
      await using old = await device({ ...certificate, minVersion: version, maxVersion: version });
      const kept: string[] = [];
      expect(await secured(old.port, { keepTLSKey: async (key) => void kept.push(key) })).to.equal('welcome');
      expect(kept).to.deep.equal([PIN.masterKey]);
      expect(await secured(old.port, { pin: { ...PIN, tlsKey: PIN.masterKey }, keepTLSKey: never })).to.equal(
        'welcome',
      );
    });
  }

  it('is refused to who names another device, or two, or none', async () => {
    const other = NAME.replace(/^ffff/, 'fffe');
    for (const names of [[other], [NAME, other], [other, NAME], [NAME.replace(':00', '')], [`x\nCN=${NAME}`], []]) {
      await using liar = await device(await certificateOf(KEY, ...names));
      let others = 0;
      expect(await codeOf(secured(liar.port, { isAnother: () => others++, keepTLSKey: never })), names.join()).to.equal(
        'forbidden',
      );
      expect(others).to.equal(1);
    }
  });

  it('is refused to who names the device and has not its key', async () => {
    const key = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    await using impostor = await device(await certificateOf(key, NAME));
    const pin = { ...PIN, tlsKey: PIN.masterKey };
    expect(await codeOf(secured(impostor.port, { pin, keepTLSKey: never }))).to.equal('forbidden');
  });

  it('is refused to who shows no certificate', async () => {
    await using anonymous = await device({ ciphers: 'ADH@SECLEVEL=0', maxVersion: 'TLSv1.2' });
    expect(await codeOf(secured(anonymous.port, { keepTLSKey: never }))).to.equal('protocol');
  });
});

const never = (): Promise<void> => Promise.reject(new Error('nothing is to be kept'));
