import { expect } from 'chai';
import { Presence } from '../src/presence.js';

const START = Date.UTC(2026, 1, 3, 12);

function fixture() {
  let now = START;
  const presence = new Presence(() => now);
  const told: string[] = [];
  presence.events.connected.subscribe(() => told.push('connected'));
  presence.events.disconnected.subscribe(({ code, reason }) => told.push(`disconnected ${code} ${reason}`));
  presence.events.stale.subscribe(({ lastSeen }) => told.push(`stale ${lastSeen}`));
  presence.events.recovered.subscribe(() => told.push('recovered'));
  return {
    presence,
    told,
    /** Lets time pass in steps of the sweep. */
    pass(milliseconds: number) {
      for (let passed = 0; passed < milliseconds; passed += 100) {
        now += 100;
        presence.sweep(now);
      }
    },
    frame: (timestamp = '2026-02-03T12:00:00Z') => presence.frame(now, timestamp),
  };
}

describe('The presence of a device', () => {
  it('is CLOSED at first, CONNECTING with its link, OPEN with its first frame', () => {
    const { presence, frame, told } = fixture();
    expect(presence.current()).to.deep.equal({
      state: 'CLOSED',
      since: '2026-02-03T12:00:00.000Z',
      stale: false,
      rejected: 0,
    });
    presence.opened();
    expect(presence.current().state).to.equal('CONNECTING');
    frame();
    expect(presence.current()).to.include({ state: 'OPEN', lastSeen: '2026-02-03T12:00:00.000Z', skewSeconds: 0 });
    presence.closed({ code: 1000, reason: 'bye' });
    expect(presence.current()).to.include({ state: 'CLOSED', stale: true });
    expect(told).to.deep.equal(['connected', 'disconnected 1000 bye']);
  });

  it('T10: takes the 1.10 s of the guide as regular, and is stale after three periods, offline after nine', () => {
    const { presence, pass, frame, told } = fixture();
    presence.opened();
    for (let i = 0; i < 20; i++) {
      frame();
      pass(1100);
    }
    expect(presence.current()).to.include({ state: 'OPEN', stale: false, rateHz: 0.91 });
    pass(2100);
    expect(presence.current().stale).to.equal(false);
    pass(100);
    expect(presence.current()).to.include({ state: 'OPEN', stale: true });
    pass(6600);
    expect(presence.current()).to.include({ state: 'CLOSED', stale: true });
    expect(presence.isThere).to.equal(false);
    frame();
    expect(presence.current()).to.include({ state: 'OPEN', stale: false });
    expect(told.map((line) => line.split(' ')[0])).to.deep.equal(['connected', 'stale', 'disconnected', 'connected']);
  });

  for (const [hz, period] of [
    [5, 200],
    [0.2, 5000],
  ] as const) {
    it(`T10: does not call a device stale that reports at ${hz} Hz`, () => {
      const { presence, pass, frame } = fixture();
      presence.opened();
      frame();
      pass(period);
      frame();
      const told: unknown[] = [];
      presence.events.stale.subscribe((data) => told.push(data));
      for (let i = 0; i < 10; i++) {
        pass(period);
        frame();
      }
      expect(told).to.deep.equal([]);
      expect(presence.current().rateHz).to.equal(hz);
    });
  }

  it('recovers with the next frame', () => {
    const { presence, pass, frame, told } = fixture();
    presence.opened();
    frame();
    pass(3000);
    frame();
    expect(told).to.deep.equal(['connected', 'stale 2026-02-03T12:00:00.000Z', 'recovered']);
  });

  it('goes offline when a link never brings a frame', () => {
    const { presence, pass } = fixture();
    presence.opened();
    pass(9000);
    expect(presence.current().state).to.equal('CLOSED');
  });

  it('T4: tells that one connection ended and another began when a link is taken over', () => {
    const { presence, frame, told } = fixture();
    presence.opened();
    frame();
    presence.opened();
    expect(told).to.deep.equal(['connected', 'disconnected 1008 replaced', 'connected']);
    expect(presence.current().state).to.equal('CONNECTING');
  });

  it('T15: tells how far the clock of the device is off', () => {
    const { presence, frame } = fixture();
    presence.opened();
    frame('2026-02-03T13:00:01+01:00');
    expect(presence.current().skewSeconds).to.equal(1);
  });
});
