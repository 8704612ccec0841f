import { expect } from 'chai';
import fc from 'fast-check';
import { decodeClientPacket, encodePoke, encodeTouch } from '../../src/wire/client-packet.js';
import { encodeHeader } from '../../src/wire/packet-header.js';
import { UUID } from './discovery-packets.js';

describe('Packets of clients', () => {
  it('2.3: pokes and touches are 22 bytes, in both versions', () => {
    for (const version of [1, 2] as const) {
      expect(encodePoke(version).toString('hex')).to.equal(`464c55580${version}00${'00'.repeat(16)}`);
      expect(decodeClientPacket(encodePoke(version))).to.deep.equal({ kind: 'poke', version });
      const touch = encodeTouch(version, UUID);
      expect(touch.toString('hex')).to.equal(`464c55580${version}02ffffffffffffffff0011223344556677`);
      expect(decodeClientPacket(touch)).to.deep.equal({ kind: 'touch', version, uuid: UUID });
    }
  });

  it('2.2: a device drops what is short, without magic, of version 0 or above 2, and what devices send', () => {
    const kinds = [
      encodePoke(1).subarray(0, 21),
      Buffer.from('GLUX                  '),
      encodeHeader({ version: 0, action: 2, uuid: UUID }),
      encodeHeader({ version: 3, action: 2, uuid: UUID }),
      encodeHeader({ version: 1, action: 3, uuid: UUID }),
      encodeHeader({ version: 1, action: 0, uuid: UUID }),
    ].map((bytes) => decodeClientPacket(bytes).kind);
    expect(new Set(kinds)).to.deep.equal(new Set(['invalid']));
  });

  it('decodes any bytes without throwing', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void decodeClientPacket(Buffer.from(bytes))));
  });
});
