import { expect } from 'chai';
import { ELSEWHERE, HOME, pinOf, SIGNED_UUID, touches, world } from './paper-lan.js';
import { bypassUuid, keyOf, paperPrinter, ROOT } from './paper-printer.js';

describe('The table of printers, in detail', () => {
  it('forgets the key of the last boot of a printer that has moved, until it is told anew', () => {
    const lan = world();
    const printer = paperPrinter();
    lan.meet(printer);
    lan.pass(11);
    lan.hear(printer.announcement(), ELSEWHERE);
    expect(lan.table.find(printer.uuid, lan.now)).to.include({ ...ELSEWHERE, slaveKey: undefined });
    lan.hear(printer.answer(), ELSEWHERE);
    expect(lan.table.find(printer.uuid, lan.now)?.slaveKey).to.not.equal(undefined);
  });

  it('tells of each of the metadata that has changed', () => {
    const lan = world();
    const printer = paperPrinter();
    lan.meet(printer);
    for (const told of [{ name: 'Alice' }, { model: 'delta-1p' }, { version: '1.8.0' }, { hasPassword: false }]) {
      lan.table.touch(printer.uuid, lan.now);
      lan.hear(printer.answer());
      lan.news.length = 0;
      lan.table.touch(printer.uuid, lan.now);
      lan.hear(printer.answer(told));
      expect(lan.types(), Object.keys(told).join()).to.deep.equal(['changed', 'answered']);
    }
  });

  it('takes an answer for a sign of life', () => {
    const lan = world();
    const printer = paperPrinter();
    lan.meet(printer);
    lan.pass(20);
    lan.table.touch(printer.uuid, lan.now);
    lan.hear(printer.answer());
    lan.pass(20);
    expect(lan.table.find(printer.uuid, lan.now)?.isReachable).to.equal(true);
  });

  it('asks twice a second at most, however often a stamp changes', () => {
    const lan = world();
    const printer = paperPrinter();
    for (let i = 0; i < 100; i++) {
      lan.now += 10;
      lan.hear(printer.announcement({ stamp: i.toString(16).padStart(8, '0') }));
      lan.hear(printer.answer());
    }
    expect(touches(lan)).to.equal(2);
  });

  it('checks so many signatures a second, for all and for each, and as many in the next', () => {
    const lan = world({ limits: { checks: { total: 3, each: 2 } } });
    const newcomer = (number: number) => paperPrinter({ uuid: bypassUuid(number) });
    const counts: number[] = [];
    for (let second = 0; second < 2; second++) {
      // An announcement and its answer are a check each: the second printer has one, and the third none.
      for (let i = 0; i < 3; i++) lan.meet(newcomer(second * 10 + i), { ...HOME, address: `192.0.2.${i < 2 ? 7 : 8}` });
      counts.push(lan.table.printers(lan.now).length);
      lan.pass(1);
    }
    expect(counts).to.deep.equal([1, 2]);
  });

  it('makes room for who was pinned: at an address that speaks for many, and among many', () => {
    const lan = world({ limits: { printers: 4, printersEach: 4 } });
    const pinned = [10, 11].map((number) => paperPrinter({ uuid: bypassUuid(number) }));
    for (let i = 0; i < 4; i++) lan.meet(paperPrinter({ uuid: bypassUuid(i) }));
    for (const printer of pinned) {
      lan.table.pin(printer.uuid, pinOf(printer), lan.now);
      lan.meet(printer);
      lan.pass(1);
    }
    const known = lan.table.printers(lan.now).map(({ uuid }) => uuid);
    expect(known).to.have.length(4);
    expect(known).to.include.members(pinned.map(({ uuid }) => uuid));
  });

  it('gives the place of who never said who it is away before that of who is gone', () => {
    const lan = world({ limits: { printers: 2 } });
    const gone = paperPrinter({ uuid: bypassUuid(1) });
    lan.meet(gone);
    lan.pass(31);
    lan.hear(paperPrinter({ uuid: bypassUuid(2) }).announcement());
    lan.meet(paperPrinter({ uuid: bypassUuid(3) }));
    expect(lan.table.printers(lan.now).map(({ uuid }) => uuid)).to.deep.equal([gone.uuid, bypassUuid(3)]);
  });

  it('forgets a stranger under a pinned UUID like any other', () => {
    const lan = world();
    const pinned = paperPrinter({ version: 2 });
    lan.table.pin(pinned.uuid, pinOf(pinned), lan.now);
    lan.hear(pinned.announcement());
    expect(lan.table.touch(pinned.uuid, lan.now)).to.equal(true);
    lan.pass(16);
    expect(lan.table.touch(pinned.uuid, lan.now)).to.equal(false);
  });

  it('tells of a conflict at once after a new pin', () => {
    const lan = world();
    const other = paperPrinter({ master: keyOf(2) });
    const conflicts = (): number => lan.types().filter((type) => type === 'conflict').length;
    for (const pinned of [paperPrinter(), paperPrinter({ master: keyOf(1) })]) {
      lan.table.pin(pinned.uuid, pinOf(pinned), lan.now);
      for (let i = 0; i < 3; i++) lan.hear(other.announcement());
    }
    expect(conflicts()).to.equal(2);
  });

  it('verifies no identity that the client of the vendor takes unsigned, even if it is signed', () => {
    const lan = world({ root: ROOT.publicKey });
    const bypass = paperPrinter({ isSigned: true });
    const signed = paperPrinter({ uuid: SIGNED_UUID, serial: 'FD1A000001', isSigned: true });
    lan.meet(bypass);
    lan.meet(signed);
    expect(lan.table.printers(lan.now).map(({ identityVerified }) => identityVerified)).to.deep.equal([false, true]);
  });
});
