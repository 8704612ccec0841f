import { expect } from 'chai';
import fc from 'fast-check';
import { encodeAnnouncement, encodeBeacon, stampOfTime } from '../../src/wire/announcement.js';
import { encodePoke, encodeTouch } from '../../src/wire/client-packet.js';
import { type DevicePacket, decodeDevicePacket } from '../../src/wire/device-packet.js';
import { encodeHeader } from '../../src/wire/packet-header.js';
import { NIL_UUID } from '../../src/wire/printer-uuid.js';
import { keyBytes, readRsaKey } from '../../src/wire/rsa.js';
import { encodeStatus, readStatus } from '../../src/wire/status-block.js';
import { encodeBareTouchAnswer, encodeSignedTouchAnswer, provenSlaveKey } from '../../src/wire/touch-answer.js';
import { METADATA, master, RUNNING, SERIAL, slave, UUID } from './discovery-packets.js';

const masterKey = keyBytes(master.publicKey);
const identify = Buffer.alloc(10, 7);
const stamp = stampOfTime(1_790_000_000);
const signed = encodeAnnouncement({
  kind: 'announcement',
  version: 1,
  uuid: UUID,
  serial: SERIAL,
  stamp,
  masterKey,
  identify,
  status: RUNNING,
});
const bare = encodeAnnouncement({
  kind: 'announcement',
  version: 2,
  uuid: UUID,
  stamp: '0102030405060708',
  status: RUNNING,
});
const parts = { uuid: UUID, stamp, metadata: METADATA, masterKey: master.privateKey, slaveKey: slave.privateKey };
const signedAnswer = encodeSignedTouchAnswer(parts);
const bareAnswer = encodeBareTouchAnswer({
  uuid: UUID,
  masterKey,
  identify,
  metadata: { ...METADATA, serial: SERIAL, time: undefined },
});
const PACKETS = [encodeBeacon({ uuid: UUID, pokeVersion: 1 }), signed, bare, signedAnswer, bareAnswer];

const reasonOf = (bytes: Buffer): string => {
  const packet = decodeDevicePacket(bytes);
  return packet.kind === 'invalid' ? packet.reason : `${packet.kind} was decoded`;
};
/** A copy with other bytes at an offset. */
const changed = (bytes: Buffer, offset: number, ...other: readonly number[]): Buffer => {
  const copy = Buffer.from(bytes);
  Buffer.from(other).copy(copy, offset);
  return copy;
};
const signedAnswerOf = (bytes: Buffer) => {
  const packet = decodeDevicePacket(bytes);
  if (packet.kind !== 'touchAnswer' || packet.version !== 1) throw new TypeError(`${packet.kind} was decoded`);
  return packet;
};

describe('Packets of devices', () => {
  it('2.4: a beacon is 22 bytes, and says which poke it wants', () => {
    const beacon = encodeBeacon({ uuid: UUID, pokeVersion: 1 });
    expect(beacon.toString('hex')).to.equal('464c55580001ffffffffffffffff0011223344556677');
    expect(decodeDevicePacket(beacon)).to.deep.equal({ kind: 'beacon', uuid: UUID, pokeVersion: 1 });
  });

  it('2.5: an announcement of version 1 has its fields where they belong', () => {
    expect(signed).to.have.length(276);
    expect(signed.toString('hex', 0, 6)).to.equal('464c55580100');
    expect(signed.toString('latin1', 22, 32)).to.equal(SERIAL);
    expect(signed.toString('hex', 32, 40)).to.equal('7762d54ea2000a00');
    expect(signed.subarray(40, 202).equals(masterKey)).to.equal(true);
    expect(signed.subarray(202, 212).equals(identify)).to.equal(true);
    expect(signed.subarray(212).equals(encodeStatus(RUNNING))).to.equal(true);
    expect(decodeDevicePacket(signed)).to.deep.equal({
      kind: 'announcement',
      version: 1,
      uuid: UUID,
      serial: SERIAL,
      stamp: '7762d54e',
      masterKey,
      identify,
      status: RUNNING,
    });
  });

  it('2.5: of a status that is appended twice the first counts', () => {
    const twice = Buffer.concat([signed, encodeStatus({ ...RUNNING, id: 0 })]);
    expect(decodeDevicePacket(twice)).to.deep.equal(decodeDevicePacket(signed));
  });

  it('2.6: a signed touch answer reads as it was made, and its chain of signatures holds', () => {
    const answer = signedAnswerOf(signedAnswer);
    expect(answer).to.include({ uuid: UUID, stamp });
    expect(answer.metadata).to.deep.equal(METADATA);
    expect(answer.metadataBytes.toString()).to.equal('ver=1.7.0\0model=delta-1\0name=Bob\0pwd=T\0time=1790000000');
    expect(signedAnswer.length).to.be.within(480, 540);
    const proven = provenSlaveKey(answer, master.publicKey);
    expect(proven && keyBytes(proven).equals(keyBytes(slave.publicKey))).to.equal(true);
  });

  it('2.6: no byte of a signed touch answer after its UUID can be changed', () => {
    for (let offset = 22; offset < signedAnswer.length; offset++) {
      const packet = decodeDevicePacket(changed(signedAnswer, offset, signedAnswer.readUInt8(offset) ^ 1));
      const isTaken =
        packet.kind === 'touchAnswer' && packet.version === 1 && provenSlaveKey(packet, master.publicKey) !== undefined;
      expect(isTaken, `byte ${offset}`).to.equal(false);
    }
  });

  it('2.6: a signed touch answer of another master key proves nothing', () => {
    expect(provenSlaveKey(signedAnswerOf(signedAnswer), slave.publicKey)).to.equal(undefined);
  });

  it('2.7: an announcement of version 2 is 94 bytes with a tag and a status', () => {
    expect(bare).to.have.length(94);
    expect(decodeDevicePacket(bare)).to.deep.equal({
      kind: 'announcement',
      version: 2,
      uuid: UUID,
      stamp: '0102030405060708',
      status: RUNNING,
    });
  });

  it('2.7: a bare touch answer has serial, keys and metadata', () => {
    expect(decodeDevicePacket(bareAnswer)).to.deep.equal({
      kind: 'touchAnswer',
      version: 2,
      uuid: UUID,
      serial: SERIAL,
      masterKey,
      identify,
      metadata: { ...METADATA, serial: SERIAL, time: undefined },
    });
    const [noSerial, noVersion] = ['ver=1.7.0', `serial=${SERIAL}`].map((text) => {
      const head = encodeHeader({ version: 2, action: 3, uuid: UUID });
      return Buffer.concat([head, Buffer.of(0, 0, 0, 0, text.length, 0), Buffer.from(text)]);
    });
    expect(noSerial && reasonOf(noSerial)).to.match(/without a serial/);
    expect(noVersion && reasonOf(noVersion)).to.match(/without a version/);
  });

  it('2.9: the status of the reference is these bytes', () => {
    const hex = `000020e04eacda41${'10000000'}${'0000803e'}45585452554445520000000000000000${'00'.repeat(32)}`;
    expect(encodeStatus(RUNNING).toString('hex')).to.equal(hex);
    expect(readStatus(Buffer.from(hex, 'hex'), 0)).to.deep.equal(RUNNING);
  });

  it('2.9: labels fill their fields and no more; what cannot be printed does not reach anybody', () => {
    const long = { ...RUNNING, headModule: 'H'.repeat(20), errorLabel: 'E'.repeat(40) };
    const read = readStatus(encodeStatus(long), 0);
    expect([read.headModule, read.errorLabel]).to.deep.equal(['H'.repeat(16), 'E'.repeat(32)]);
    const odd = readStatus(encodeStatus({ ...RUNNING, errorLabel: '\u001b[2J\u00ff' }), 0);
    expect(odd.errorLabel).to.equal('?[2J?');
  });

  it('2.11.1: stamps of times within one step are the same', () => {
    expect([0, 63, 64].map((later) => stampOfTime(1_790_000_000 + later))).to.deep.equal([
      '7762d54e',
      '7762d54e',
      '7862d54e',
    ]);
  });

  it('2.11.2: a UUID is on the wire in the order in which it is printed', () => {
    const uuid = '00112233-4455-6677-8899-aabbccddeeff';
    expect(encodeTouch(1, uuid).toString('hex', 6)).to.equal('00112233445566778899aabbccddeeff');
    expect(() => encodeTouch(1, 'none')).to.throw(TypeError);
  });

  it('2.11.5: pokes of other clients are told apart, in both versions', () => {
    for (const version of [1, 2] as const) {
      expect(decodeDevicePacket(encodePoke(version))).to.deep.equal({ kind: 'poke', version });
    }
    expect(reasonOf(Buffer.concat([encodePoke(1), Buffer.of(0)]))).to.equal('no UUID');
    expect(reasonOf(encodeHeader({ version: 0, action: 1, uuid: NIL_UUID }))).to.equal('no UUID');
  });

  it('2.11.9: progress and time that are no numbers are null, and a progress beyond its range is cut', () => {
    const nothing = readStatus(encodeStatus({ ...RUNNING, progress: null, time: null }), 0);
    expect([nothing.progress, nothing.time]).to.deep.equal([null, null]);
    for (const [sent, read] of [
      [Number.POSITIVE_INFINITY, null],
      [7, 1],
      [-1, 0],
    ] as const) {
      expect(readStatus(encodeStatus({ ...RUNNING, progress: sent }), 0).progress).to.equal(read);
    }
  });

  it('2.12.1: drops what is too short, too long, of another protocol, version or action', () => {
    expect(reasonOf(signed.subarray(0, 21))).to.equal('no packet of this protocol');
    expect(reasonOf(changed(signed, 0, 0x47))).to.equal('no packet of this protocol');
    expect(reasonOf(changed(signed, 4, 3))).to.equal('version 3');
    expect(reasonOf(changed(signed, 5, 1))).to.equal('action 1');
    expect(reasonOf(encodeTouch(1, UUID))).to.equal('action 2');
    expect(reasonOf(Buffer.concat([signed, Buffer.alloc(4096)]))).to.equal('more than 4096 bytes');
    expect(reasonOf(changed(signed, 22, 0x1b))).to.equal('a serial that cannot be printed');
  });

  it('2.12.3: checks declared lengths against the datagram before it slices', () => {
    for (const [bytes, at] of [
      [signed, 36],
      [signed, 38],
      [signedAnswer, 26],
      [signedAnswer, 28],
      [bareAnswer, 22],
      [bareAnswer, 24],
    ] as const) {
      expect(reasonOf(changed(bytes, at, 0xff, 0xff))).to.match(/^lengths beyond the end/);
    }
    for (const whole of [signed, bare]) {
      for (let end = 22; end < whole.length; end++)
        expect(decodeDevicePacket(whole.subarray(0, end)).kind).to.equal('invalid');
    }
  });

  it('decodes any bytes without throwing, and what it slices lies inside of them', () => {
    const datagram = fc.oneof(
      fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.constantFrom(...PACKETS), fc.array(fc.tuple(fc.nat(599), fc.nat(255)), { maxLength: 8 }), fc.nat(600))
        .map(([packet, edits, end]) =>
          edits.reduce((bytes, [at, byte]) => changed(bytes, at % bytes.length, byte), packet).subarray(0, end + 22),
        ),
    );
    const slices = (packet: DevicePacket): readonly Buffer[] =>
      Object.values(packet).filter((part) => Buffer.isBuffer(part));
    fc.assert(
      fc.property(datagram, (bytes) => {
        const packet = decodeDevicePacket(bytes);
        for (const slice of slices(packet)) if (slice.length > bytes.length) throw new Error('more than there was');
        if (packet.kind === 'touchAnswer' && packet.version === 1) provenSlaveKey(packet, master.publicKey);
        if ('masterKey' in packet) readRsaKey(packet.masterKey);
        if (packet.kind === 'announcement') JSON.stringify(packet.status);
      }),
      { numRuns: 2000 },
    );
  });
});
