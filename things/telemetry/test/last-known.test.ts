import { expect } from 'chai';
import { Alarms } from '../src/alarms.js';
import { lastKnownOf } from '../src/last-known.js';
import { Presence } from '../src/presence.js';

const NOON = Date.parse('2026-03-04T12:00:00Z');

const valuesOf = (values: Readonly<Record<string, unknown>>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, { value }]));

/** Alarms that went on from those values, and what they told since. */
function resumed(values: Readonly<Record<string, unknown>>) {
  const alarms = new Alarms(() => NOON);
  alarms.resume(lastKnownOf(valuesOf(values)), 20);
  const told: unknown[] = [];
  alarms.events.lowBattery.subscribe(({ soc }) => told.push(`low ${soc}`));
  alarms.events.errorRaised.subscribe(({ flags }) => told.push(`raised ${flags.join(' ')}`));
  alarms.events.errorCleared.subscribe(() => told.push('cleared'));
  const report = (soc: number, flags: string[] = []): void =>
    alarms.watch({
      device_id: 'ems_001',
      timestamp: '2026-03-04T12:00:00Z',
      battery: { voltage: 48, soc },
      system_status: { error_flags: flags },
    });
  return { told, report };
}

describe('A device that goes on from before', () => {
  it('does not tell again that its battery is low, but that it is low anew', () => {
    const { told, report } = resumed({ batterySoc: 12 });
    report(11);
    expect(told).to.deep.equal([]);
    report(50);
    report(10);
    expect(told).to.deep.equal(['low 10']);
  });

  it('does not tell again of an error, but of another one and of the end', () => {
    const { told, report } = resumed({ errorFlags: ['HOT'] });
    report(50, ['HOT']);
    report(50, ['HOT', 'WET']);
    report(50, []);
    expect(told).to.deep.equal(['raised WET', 'cleared']);
  });

  it('is closed since when it was, and was last seen when it was', () => {
    const closed = { state: 'CLOSED', since: '2026-03-04T11:00:00.000Z', lastSeen: '2026-03-04T10:59:00.000Z' };
    const current = new Presence(() => NOON, lastKnownOf(valuesOf({ connection: closed }))).current();
    expect(current).to.deep.include({ ...closed, stale: true });
  });

  it('is closed since now if it was there when the process ended', () => {
    const connection = { state: 'OPEN', since: '2026-03-04T11:00:00.000Z', lastSeen: '2026-03-04T11:59:00.000Z' };
    const current = new Presence(() => NOON, lastKnownOf(valuesOf({ connection }))).current();
    expect(current).to.include({ state: 'CLOSED', since: '2026-03-04T12:00:00.000Z', lastSeen: connection.lastSeen });
  });

  it('makes nothing of values in other shapes', () => {
    const odd = { batterySoc: 'full', errorFlags: 'HOT', connection: { state: 'CLOSED', since: 7, lastSeen: 'then' } };
    const nothing = { soc: undefined, errorFlags: [], closedSince: undefined, lastSeen: undefined };
    expect(lastKnownOf(valuesOf(odd))).to.deep.equal(nothing);
    expect(lastKnownOf(valuesOf({ connection: null }))).to.deep.equal(nothing);
    expect(lastKnownOf()).to.deep.equal(nothing);
  });
});
