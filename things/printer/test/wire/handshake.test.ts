import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { answerChallenge, challengeDigest, encodeVerdict, readVerdict } from '../../src/wire/challenge.js';
import { commonName, readCommonName } from '../../src/wire/common-name.js';
import { openSecret, robotCipher, sealSecret } from '../../src/wire/robot-cipher.js';
import { isRsaSigned } from '../../src/wire/rsa.js';
import { encodeClientText } from '../../src/wire/text-frame.js';
import { master, slave, UUID } from './discovery-packets.js';

const counting = (from: number, length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => from + i));

describe('Handshakes', () => {
  it('4.2: the digest of a challenge is this one, and is hashed again by its signature', () => {
    const challenge = counting(0, 64);
    const digest = challengeDigest(UUID, challenge);
    expect(digest.toString('hex')).to.equal('76d9acbf8becf06b378d7e4cf08272ffb15d2f0d');
    const proof = answerChallenge(UUID, challenge, master.privateKey);
    expect(isRsaSigned(digest, master.publicKey, proof)).to.equal(true);
    expect(isRsaSigned(challenge, master.publicKey, proof)).to.equal(false);
  });

  it('5.1: a verdict has 16 bytes, padded with NULs or spaces', () => {
    expect(encodeVerdict('OK').toString('hex')).to.equal(`4f4b${'00'.repeat(14)}`);
    expect(readVerdict(encodeVerdict('AUTH_ERROR'))).to.equal('AUTH_ERROR');
    expect(readVerdict(Buffer.from('OK'.padEnd(16)))).to.equal('OK');
    expect(readVerdict(Buffer.alloc(16, 0xff))).to.equal('?'.repeat(16));
  });

  it('5.1: the cipher makes these bytes, with a state of its own for each direction', () => {
    const secret = Buffer.concat([counting(0, 32), counting(0xf0, 16)]);
    const frame = encodeClientText('player report');
    expect(frame.toString('hex')).to.equal('0f00706c61796572207265706f7274');
    const client = robotCipher(secret);
    const sent = client.encrypt.update(frame);
    expect(sent.toString('hex')).to.equal('9d2c1f1b35ea1316d1242a1b958fb6');
    const robot = robotCipher(secret);
    // As it may come: byte by byte.
    const read = Buffer.concat([...sent].map((byte) => robot.decrypt.update(Buffer.of(byte))));
    expect(read.equals(frame)).to.equal(true);
    expect(robot.encrypt.update(frame).equals(sent)).to.equal(true);
    expect(() => robotCipher(Buffer.alloc(47))).to.throw(RangeError);
  });

  it('5.1: a secret opens for the key that it was sealed for', () => {
    const secret = counting(0, 48);
    expect(openSecret(sealSecret(secret, master.publicKey), master.privateKey).equals(secret)).to.equal(true);
    const others = [
      sealSecret(secret, slave.publicKey),
      sealSecret(Buffer.alloc(8), master.publicKey),
      Buffer.alloc(3),
    ];
    for (const sealed of others) {
      expect(() => openSecret(sealed, master.privateKey))
        .to.throw(ThingError)
        .with.property('code', 'protocol');
    }
  });

  it('9.4: a common name has exactly three parts', () => {
    const name = { uuid: UUID, serial: 'XXXXXXXXXX', identify: '00' };
    expect(commonName(name)).to.equal('ffffffffffffffff0011223344556677:XXXXXXXXXX:00');
    expect(readCommonName(commonName(name))).to.deep.equal(name);
    for (const other of ['', 'localhost', `${commonName(name)}:x`, 'ff:XXXXXXXXXX:00']) {
      expect(readCommonName(other)).to.equal(undefined);
    }
  });
});
