import { expect } from 'chai';
import fc from 'fast-check';
import { TABLE_LIMITS } from '../../src/discovery/printer-table.js';
import { encodeBeacon } from '../../src/wire/announcement.js';
import { keyBytes } from '../../src/wire/rsa.js';
import { ELSEWHERE, HOME, pinOf, SIGNED_UUID, touches, WALL, world } from './paper-lan.js';
import { bypassUuid, keyOf, paperPrinter, ROOT } from './paper-printer.js';

describe('The table of printers', () => {
  for (const version of [1, 2] as const) {
    it(`knows a printer of version ${version} once it has announced itself and answered the touch`, () => {
      const lan = world();
      const printer = paperPrinter({ version });
      lan.hear(printer.announcement({ status: { id: 16, progress: Number.NaN, headModule: 'EXTRUDER' } }));
      expect(lan.sent).to.deep.equal([{ kind: 'touch', version, to: HOME }]);
      expect(lan.news).to.have.length(0);
      lan.hear(printer.answer());
      expect(lan.types()).to.deep.equal(['appeared', 'answered']);
      const found = lan.table.find(printer.uuid, lan.now);
      expect(found).to.deep.include({
        ...HOME,
        uuid: printer.uuid,
        serial: 'XXXXXXXXXX',
        name: 'Bob',
        model: 'delta-1',
        firmware: '1.7.0',
        hasPassword: true,
        discoveryVersion: version,
        identityVerified: false,
        isReachable: true,
        isContested: false,
        lastSeen: WALL,
      });
      expect(found?.status).to.deep.include({ id: 16, progress: null, headModule: 'EXTRUDER' });
      expect(found?.slaveKey !== undefined).to.equal(version === 1);
    });
  }

  it('pokes in both versions who only sends a beacon, and not again while it is heard', () => {
    const lan = world();
    const printer = paperPrinter();
    const beacon = encodeBeacon({ uuid: printer.uuid, pokeVersion: 1 });
    lan.hear(beacon);
    expect(lan.sent).to.deep.equal([1, 2].map((version) => ({ kind: 'poke', version, to: { ...HOME, port: 1901 } })));
    lan.meet(printer);
    lan.pass(3);
    lan.hear(beacon);
    expect(lan.sent.filter(({ kind }) => kind === 'poke')).to.have.length(2);
    lan.pass(1);
    lan.hear(beacon);
    expect(lan.sent.filter(({ kind }) => kind === 'poke')).to.have.length(4);
  });

  it('has one touch out for a printer, and waits longer the more are not answered', () => {
    const lan = world();
    const { announcement } = paperPrinter();
    for (let second = 0; second < 60; second++) {
      lan.hear(announcement());
      lan.pass(1);
    }
    expect(touches(lan)).to.equal(5);
  });

  it('touches again when the stamp differs, be it smaller, and every minute', () => {
    const lan = world();
    const printer = paperPrinter();
    lan.meet(printer);
    lan.pass(1);
    lan.hear(printer.announcement());
    expect(touches(lan)).to.equal(1);
    lan.hear(printer.announcement({ stamp: '0062d54e' }));
    expect(touches(lan)).to.equal(2);
    lan.hear(printer.answer({ name: 'Alice' }));
    expect(lan.types().slice(-2)).to.deep.equal(['changed', 'answered']);
    expect(lan.table.find(printer.uuid, lan.now)?.name).to.equal('Alice');
    for (let second = 0; second < 70; second += 3) {
      lan.pass(3);
      lan.hear(printer.announcement({ stamp: '0062d54e' }));
      lan.hear(printer.answer());
    }
    expect(touches(lan)).to.equal(3);
  });

  it('takes its own clock for silence: gone after 30 s, back with the next word', () => {
    const lan = world();
    const printer = paperPrinter();
    lan.meet(printer);
    lan.pass(30);
    expect(lan.types()).to.not.include('disappeared');
    lan.pass(1);
    expect(lan.types().at(-1)).to.equal('disappeared');
    expect(lan.table.find(printer.uuid, lan.now)?.isReachable).to.equal(false);
    lan.hear(printer.announcement({ status: { time: 5 } }));
    expect(lan.types().at(-1)).to.equal('appeared');
  });

  it('forgets who never answered soon, who is gone late, and never who is pinned', () => {
    const lan = world();
    const [stranger, gone, pinned] = [1, 2, 3].map((number) => paperPrinter({ uuid: bypassUuid(number) }));
    if (!stranger || !gone || !pinned) throw new Error('three printers');
    lan.table.pin(pinned.uuid, pinOf(pinned), lan.now);
    lan.hear(stranger.announcement());
    lan.meet(gone);
    lan.meet(pinned);
    lan.pass(20);
    expect(lan.types()).to.not.include('forgotten');
    lan.hear(stranger.answer());
    expect(lan.table.find(stranger.uuid, lan.now)).to.equal(undefined);
    lan.pass(3600);
    expect(lan.table.printers(lan.now).map(({ uuid }) => uuid)).to.deep.equal([pinned.uuid]);
    expect(lan.types().at(-1)).to.equal('forgotten');
  });

  describe('and who lies', () => {
    it('believes the factory key where there is one, and drops what it has not signed', () => {
      const lan = world({ root: ROOT.publicKey });
      const signed = paperPrinter({ uuid: SIGNED_UUID, serial: 'FD1A000001', isSigned: true });
      const forged = paperPrinter({ uuid: SIGNED_UUID.replace('1', '2'), serial: 'FD1A000002' });
      const bypass = paperPrinter();
      for (const printer of [signed, forged, bypass]) lan.meet(printer);
      const found = lan.table.printers(lan.now).map(({ uuid, identityVerified }) => [uuid, identityVerified]);
      expect(found).to.deep.equal([
        [signed.uuid, true],
        [bypass.uuid, false],
      ]);
      expect(lan.table.refused).to.equal(2);
    });

    it('checks the identity of version 2 when it answers', () => {
      const lan = world({ root: ROOT.publicKey });
      lan.meet(paperPrinter({ version: 2, uuid: SIGNED_UUID, serial: 'FD1A000001', isSigned: true }));
      lan.meet(paperPrinter({ version: 2, uuid: SIGNED_UUID.replace('1', '2'), serial: 'FD1A000002' }));
      expect(lan.table.printers(lan.now).map(({ identityVerified }) => identityVerified)).to.deep.equal([true]);
    });

    it('verifies nothing without a root', () => {
      const lan = world();
      lan.meet(paperPrinter({ uuid: SIGNED_UUID, serial: 'FD1A000001', isSigned: true }));
      expect(lan.table.find(SIGNED_UUID, lan.now)?.identityVerified).to.equal(false);
    });

    it('takes no metadata that the key of this boot has not signed, nor a key that the master key has not', () => {
      const lan = world();
      const printer = paperPrinter();
      lan.hear(printer.announcement());
      const answer = printer.answer();
      const tampered = Buffer.from(answer);
      tampered.write('Bod', answer.indexOf('Bob'));
      lan.hear(tampered);
      lan.hear(paperPrinter({ master: keyOf(2) }).answer());
      expect(lan.news).to.have.length(0);
      lan.hear(answer);
      expect(lan.types()).to.deep.equal(['appeared', 'answered']);
    });

    it('takes no answer that it has not asked for, nor from elsewhere', () => {
      const lan = world();
      const printer = paperPrinter();
      lan.hear(printer.answer());
      lan.hear(printer.announcement());
      lan.hear(printer.answer(), ELSEWHERE);
      expect(lan.news).to.have.length(0);
      lan.hear(printer.answer());
      lan.hear(printer.answer({ name: 'Mallory' }));
      expect(lan.table.find(printer.uuid, lan.now)?.name).to.equal('Bob');
    });

    it('does not listen to another key under a UUID that it knows, and says so once a minute', () => {
      const lan = world();
      const printer = paperPrinter();
      lan.meet(printer);
      const other = paperPrinter({ master: keyOf(2) });
      for (let second = 0; second < 57; second += 3) {
        lan.hear(printer.announcement());
        lan.hear(other.announcement({ status: { id: 512 } }));
        lan.pass(3);
      }
      const conflicts = lan.news.filter(({ type }) => type === 'conflict');
      expect(conflicts).to.deep.equal([{ type: 'conflict', uuid: printer.uuid, address: HOME.address, reason: 'key' }]);
      const found = lan.table.find(printer.uuid, lan.now);
      expect(found?.status.id).to.equal(0);
      expect(found?.isContested).to.equal(true);
    });

    it('does not listen to another key or serial than the pinned one, also before it has seen the printer', () => {
      const lan = world();
      const printer = paperPrinter();
      lan.table.pin(printer.uuid, pinOf(printer), lan.now);
      lan.meet(paperPrinter({ master: keyOf(2) }));
      lan.meet(paperPrinter({ serial: 'FL00000000' }));
      expect(lan.types()).to.deep.equal(['conflict']);
      lan.meet(printer);
      expect(lan.types().slice(1)).to.deep.equal(['appeared', 'answered']);
    });

    it('lets go of who was there before another was pinned', () => {
      const lan = world();
      const printer = paperPrinter();
      lan.meet(paperPrinter({ master: keyOf(2) }));
      lan.table.pin(printer.uuid, pinOf(printer), lan.now);
      expect(lan.types().slice(-2)).to.deep.equal(['forgotten', 'conflict']);
      lan.meet(printer);
      lan.table.pin(printer.uuid, undefined, lan.now);
      expect(lan.table.find(printer.uuid, lan.now)?.isReachable).to.equal(true);
    });

    for (const version of [1, 2] as const) {
      it(`meets anew who is there in version ${version} once a contested pin is forgotten`, () => {
        const lan = world();
        const printer = paperPrinter({ version });
        lan.meet(printer);
        lan.table.pin(printer.uuid, pinOf(printer), lan.now);
        lan.pass(3);
        const replaced = paperPrinter({ version, master: keyOf(2) });
        lan.hear(replaced.announcement({ stamp: version === 1 ? 'aabbccdd' : 'aabbccdd00112233' }));
        lan.hear(replaced.answer());
        expect(lan.types().at(-1)).to.equal('changed');
        expect(lan.table.find(printer.uuid, lan.now)?.isContested).to.equal(true);
        lan.table.pin(printer.uuid, undefined, lan.now);
        expect(lan.types().at(-1)).to.equal('forgotten');
        lan.meet(replaced);
        const found = lan.table.find(printer.uuid, lan.now);
        expect(found?.isContested).to.equal(false);
        expect(found?.masterKey.equals(keyBytes(replaced.master))).to.equal(true);
      });
    }

    it('lets another take the place of who is gone, was not pinned and was signed by nobody', () => {
      const lan = world();
      const printer = paperPrinter();
      const other = paperPrinter({ master: keyOf(2) });
      lan.meet(printer);
      lan.pass(30);
      lan.meet(other);
      expect(lan.types().at(-1)).to.equal('changed');
      lan.pass(1);
      lan.meet(other);
      expect(lan.types().slice(-3)).to.deep.equal(['forgotten', 'appeared', 'answered']);
      expect(lan.table.find(printer.uuid, lan.now)?.masterKey.equals(keyBytes(other.master))).to.equal(true);
    });

    it('lets nobody take the place of whom the factory signed, even if that is gone and it signed both', () => {
      const lan = world({ root: ROOT.publicKey });
      const signed = paperPrinter({ uuid: SIGNED_UUID, serial: 'FD1A000001', isSigned: true });
      lan.meet(signed);
      lan.pass(60);
      lan.meet(paperPrinter({ uuid: SIGNED_UUID, serial: 'FD1A000002', isSigned: true, master: keyOf(2) }));
      expect(lan.table.find(SIGNED_UUID, lan.now)?.serial).to.equal('FD1A000001');
    });

    it('lets a signed identity take the place of one that anybody could have made up', () => {
      const lan = world({ root: ROOT.publicKey });
      const uuid = '30105678-1234-4234-8234-123456789abc';
      lan.meet(paperPrinter({ uuid, serial: 'FL00000000', master: keyOf(2) }));
      const signed = paperPrinter({ uuid, serial: 'FD1A000001', isSigned: true });
      lan.meet(signed);
      expect(lan.types()).to.deep.equal(['appeared', 'answered', 'forgotten', 'appeared', 'answered']);
      lan.meet(paperPrinter({ uuid, serial: 'FL00000000', master: keyOf(2) }));
      expect(lan.table.find(uuid, lan.now)?.identityVerified).to.equal(true);
    });

    it('listens to one address at a time for a UUID, and to another once that is silent', () => {
      const lan = world();
      const printer = paperPrinter();
      lan.meet(printer);
      lan.pass(3);
      lan.meet(printer, ELSEWHERE);
      expect(lan.news.at(-2)).to.deep.equal({
        type: 'conflict',
        uuid: printer.uuid,
        address: ELSEWHERE.address,
        reason: 'address',
      });
      expect(lan.table.find(printer.uuid, lan.now)).to.include({ address: HOME.address, isContested: true });
      lan.pass(11);
      lan.meet(printer, ELSEWHERE);
      expect(lan.table.find(printer.uuid, lan.now)?.address).to.equal(ELSEWHERE.address);
    });

    it('listens to another address at once as long as the first has not answered', () => {
      const lan = world();
      const printer = paperPrinter();
      lan.hear(printer.announcement(), ELSEWHERE);
      lan.meet(printer);
      expect(lan.table.find(printer.uuid, lan.now)?.address).to.equal(HOME.address);
    });

    it('does not listen to an address that turned out to be another', () => {
      const lan = world();
      const printer = paperPrinter();
      lan.meet(printer, ELSEWHERE);
      lan.hear(printer.announcement());
      lan.table.distrust(printer.uuid, lan.now);
      expect(lan.types().at(-1)).to.equal('disappeared');
      lan.meet(printer, ELSEWHERE);
      expect(lan.types().at(-1)).to.equal('disappeared');
      lan.meet(printer);
      expect(lan.table.find(printer.uuid, lan.now)).to.include({ address: HOME.address, isReachable: true });
    });

    it('counts one that turned out to be another as contested for a minute, and goes on listening if nobody else claims to be it', () => {
      const lan = world();
      const printer = paperPrinter();
      const isContested = (): unknown => lan.table.find(printer.uuid, lan.now)?.isContested;
      lan.meet(printer);
      lan.table.distrust(printer.uuid, lan.now);
      expect(lan.types().at(-1)).to.equal('changed');
      for (let second = 0; second < 57; second += 3) {
        lan.hear(printer.announcement());
        expect(isContested()).to.equal(true);
        lan.pass(3);
      }
      lan.pass(3);
      expect(isContested()).to.equal(false);
      expect(lan.table.find(printer.uuid, lan.now)?.isReachable).to.equal(true);
      lan.table.pin(printer.uuid, undefined, lan.now);
      expect(lan.types().at(-1)).to.equal('forgotten');
    });

    it('listens to a claim that fits the pin, however often bare packets of a stranger move the address', () => {
      const lan = world();
      const printer = paperPrinter();
      const bare = paperPrinter({ version: 2 });
      lan.table.pin(printer.uuid, pinOf(printer), lan.now);
      lan.hear(bare.announcement(), ELSEWHERE);
      lan.hear(printer.announcement());
      lan.hear(bare.announcement(), { ...ELSEWHERE, address: '192.0.2.67' });
      lan.hear(printer.answer());
      expect(lan.table.find(printer.uuid, lan.now)).to.include({ ...HOME, isReachable: true });
    });

    it('listens to a claim that fits the pin at once after a stranger used its silence, unless that one has said who it is', () => {
      for (const isPinned of [true, false]) {
        const lan = world();
        const printer = paperPrinter();
        if (isPinned) lan.table.pin(printer.uuid, pinOf(printer), lan.now);
        lan.meet(printer);
        lan.pass(11);
        lan.hear(paperPrinter({ version: 2 }).announcement(), ELSEWHERE);
        lan.meet(printer);
        expect(lan.table.find(printer.uuid, lan.now)?.address).to.equal(isPinned ? HOME.address : ELSEWHERE.address);
        lan.pass(11);
        lan.meet(paperPrinter({ version: 2 }), ELSEWHERE);
        lan.meet(printer);
        expect(lan.table.find(printer.uuid, lan.now)?.address).to.equal(ELSEWHERE.address);
      }
    });

    it('lets nobody who only sends a claim again keep a pinned printer from coming back with version 2', () => {
      const lan = world();
      const printer = paperPrinter({ version: 2 });
      lan.table.pin(printer.uuid, pinOf(printer), lan.now);
      for (let second = 0; second < 15; second += 3) {
        lan.hear(paperPrinter().announcement(), ELSEWHERE);
        lan.meet(printer);
        lan.pass(3);
      }
      expect(lan.table.find(printer.uuid, lan.now)).to.include({ ...HOME, discoveryVersion: 2 });
    });

    it('is not talked out of the signed version while the printer is there', () => {
      const lan = world();
      lan.meet(paperPrinter());
      lan.meet(paperPrinter({ version: 2 }));
      expect(lan.table.find(bypassUuid(1), lan.now)?.discoveryVersion).to.equal(1);
    });

    it('takes no status again that is older than the last, but for one whose clock was set', () => {
      const lan = world();
      const printer = paperPrinter();
      lan.meet(printer);
      lan.hear(printer.announcement({ status: { time: 1_790_000_010, id: 64 } }));
      lan.hear(printer.announcement({ status: { time: 1_790_000_005, id: 16 } }));
      expect(lan.table.find(printer.uuid, lan.now)?.status.id).to.equal(64);
      lan.pass(10);
      lan.hear(printer.announcement({ status: { time: 5, id: 0 } }));
      expect(lan.table.find(printer.uuid, lan.now)?.status.id).to.equal(0);
    });

    it('keeps what it knows in a flood of made-up printers, and room for a real one', () => {
      const lan = world({ limits: { printers: 20 } });
      const known = paperPrinter({ uuid: bypassUuid(0xffff) });
      lan.meet(known);
      const flood = (offset: number): void => {
        for (let i = 0; i < 600; i++) {
          const from = { address: `192.0.${Math.floor(i / 60)}.${i % 60}`, port: 1 };
          lan.hear(paperPrinter({ uuid: bypassUuid(offset + i), version: 2 }).announcement(), from);
        }
      };
      flood(0);
      lan.pass(1);
      lan.meet(paperPrinter({ uuid: bypassUuid(0xfffe) }), ELSEWHERE);
      flood(5000);
      expect(lan.table.printers(lan.now).map(({ uuid }) => uuid)).to.deep.equal([
        bypassUuid(0xffff),
        bypassUuid(0xfffe),
      ]);
      expect(touches(lan)).to.be.below(300);
    });

    it('lets one address speak for so many UUIDs and no more', () => {
      const lan = world();
      for (let i = 0; i < 40; i++) {
        lan.meet(paperPrinter({ uuid: bypassUuid(i) }));
        if (i % 8 === 0) lan.pass(1);
      }
      expect(lan.table.printers(lan.now)).to.have.length(TABLE_LIMITS.printersEach);
    });

    it('sends nothing to where nothing can be sent', () => {
      const lan = world();
      lan.hear(paperPrinter().announcement(), { ...HOME, port: 0 });
      lan.hear(encodeBeacon({ uuid: bypassUuid(2), pokeVersion: 1 }), { ...HOME, port: 0 });
      expect(lan.sent).to.have.length(0);
    });

    it('does not poke the world for beacons', () => {
      const lan = world();
      for (let i = 0; i < 500; i++) {
        const from = { address: `192.0.2.${i % 100}`, port: 1 };
        lan.hear(encodeBeacon({ uuid: bypassUuid(i), pokeVersion: 1 }), from);
      }
      expect(lan.sent).to.have.length(2 * TABLE_LIMITS.pokes.total);
    });

    it('takes any bytes, whole packets with some of them changed too', () => {
      const lan = world({ root: ROOT.publicKey });
      const packets = ([1, 2] as const).flatMap((version) => {
        const printer = paperPrinter({ version });
        return [printer.announcement(), printer.answer()];
      });
      const change = fc.record({ at: fc.nat(600), to: fc.nat(255) });
      fc.assert(
        fc.property(
          fc.constantFrom(...packets),
          fc.array(change, { maxLength: 4 }),
          fc.nat(600),
          (bytes, changes, cut) => {
            const packet = Buffer.from(bytes.subarray(0, bytes.length - (cut % 2) * (cut % bytes.length)));
            for (const { at, to } of changes) packet[at % Math.max(packet.length, 1)] = to;
            lan.hear(packet);
            lan.pass(1);
          },
        ),
        { numRuns: 300 },
      );
      expect(lan.table.printers(lan.now).length).to.be.at.most(TABLE_LIMITS.printersEach);
    });
  });
});
