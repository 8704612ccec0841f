import { generateKeyPairSync, sign } from 'node:crypto';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import {
  isBypassIdentity,
  isFactoryRoot,
  isSignedIdentity,
  readIdentityRoot,
  signIdentity,
} from '../../src/wire/identity.js';
import { uuidBytes } from '../../src/wire/printer-uuid.js';
import {
  accessID,
  decryptOaep,
  encryptOaep,
  isRsaSigned,
  keyBytes,
  keyText,
  readRsaKey,
  signRsa,
} from '../../src/wire/rsa.js';
import { master, root, slave, UUID } from './discovery-packets.js';

const masterKey = keyBytes(master.publicKey);
const DEVICE = { serial: 'AB00000001', uuid: UUID, masterKey };

describe('Identities and keys', () => {
  it('2.8: an identity is what its root has signed, and nothing else', () => {
    const identify = signIdentity(DEVICE, root.privateKey);
    expect(isSignedIdentity(DEVICE, identify, root.publicKey)).to.equal(true);
    expect(isSignedIdentity({ ...DEVICE, serial: 'AB00000002' }, identify, root.publicKey)).to.equal(false);
    expect(isSignedIdentity({ ...DEVICE, masterKey: keyBytes(slave.publicKey) }, identify, root.publicKey)).to.equal(
      false,
    );
    const other = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    expect(isSignedIdentity(DEVICE, identify, other.publicKey)).to.equal(false);
    expect(isSignedIdentity(DEVICE, Buffer.alloc(10), root.publicKey)).to.equal(false);
  });

  it('2.8: SHA-1 is taken of old serials only', () => {
    const signedOld = (serial: string): boolean => {
      const document = Buffer.concat([Buffer.from(`${serial}$`), uuidBytes(UUID), Buffer.from('$'), masterKey]);
      return isSignedIdentity({ ...DEVICE, serial }, sign('sha1', document, root.privateKey), root.publicKey);
    };
    for (const start of ['FD1A', 'F1K0', 'B11A', 'B11B', '4040']) expect(signedOld(`${start}000001`)).to.equal(true);
    expect(signedOld('AB00000001')).to.equal(false);
  });

  it('9.2: the bypass identities are these two kinds', () => {
    const uuid = '3010ffff-0000-0000-0000-000000000001';
    expect(isBypassIdentity({ serial: 'XXXXXXXXXX', uuid: UUID })).to.equal(true);
    expect(isBypassIdentity({ serial: 'FL00000001', uuid })).to.equal(true);
    expect(isBypassIdentity({ serial: 'XXXXXXXXXX', uuid })).to.equal(false);
    expect(isBypassIdentity({ serial: 'AB00000001', uuid })).to.equal(false);
    expect(isBypassIdentity({ serial: 'FL00000001', uuid: UUID })).to.equal(false);
  });

  it('2.8: a root is read as PEM and as DER, and has to be on P-384', () => {
    const der = root.publicKey.export({ type: 'spki', format: 'der' });
    const pem = Buffer.from(root.publicKey.export({ type: 'spki', format: 'pem' }));
    expect(der).to.have.length(120);
    for (const content of [der, pem]) {
      expect(readIdentityRoot(content).equals(root.publicKey)).to.equal(true);
      expect(isFactoryRoot(readIdentityRoot(content))).to.equal(false);
    }
    const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' });
    for (const content of [Buffer.from('nothing'), p256, masterKey]) {
      expect(() => readIdentityRoot(content))
        .to.throw(ThingError, 'P-384')
        .with.property('code', 'invalid');
    }
  });

  it('2.8: keys of 1024 to 4096 bits are taken, as DER and PEM; other keys are not', () => {
    for (const [bits, length] of [
      [1024, 162],
      [2048, 294],
    ] as const) {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
      expect(keyBytes(publicKey)).to.have.length(length);
      expect(readRsaKey(keyBytes(publicKey))?.equals(publicKey)).to.equal(true);
      expect(readRsaKey(keyText(publicKey))?.equals(publicKey)).to.equal(true);
    }
    const short = generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey;
    const others = [keyBytes(short), keyBytes(root.publicKey), Buffer.from('x'), 'x', '-----BEGIN PUBLIC KEY-----'];
    for (const other of others) expect(readRsaKey(other)).to.equal(undefined);
    expect(keyText(master.publicKey)).to.match(/^-----BEGIN PUBLIC KEY-----\n/);
  });

  it('2.8: signatures are over a SHA-1, encryption is OAEP, an access id has 20 bytes', () => {
    const bytes = Buffer.from('signed');
    const signature = signRsa(bytes, master.privateKey);
    expect(isRsaSigned(bytes, master.publicKey, signature)).to.equal(true);
    expect(isRsaSigned(Buffer.from('other'), master.publicKey, signature)).to.equal(false);
    expect(isRsaSigned(bytes, master.publicKey, Buffer.alloc(3))).to.equal(false);
    const secret = Buffer.alloc(48, 1);
    expect(decryptOaep(encryptOaep(secret, master.publicKey), master.privateKey)?.equals(secret)).to.equal(true);
    expect(decryptOaep(encryptOaep(secret, master.publicKey), slave.privateKey)).to.equal(undefined);
    expect(accessID(master.publicKey)).to.have.length(20);
    expect(accessID(master.privateKey).equals(accessID(master.publicKey))).to.equal(true);
  });
});
