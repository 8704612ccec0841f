import { expect } from 'chai';
import { checkSchedule, checkStart, type MaintenanceWindow, type Schedule, startOf, windowAt } from '../src/index.js';
import { scheduleAt } from '../src/schedule.js';

const berlin = (...windows: readonly MaintenanceWindow[]): Schedule => ({
  timeZone: 'Europe/Berlin',
  startAt: null,
  windows,
});
const every = (from: string, to: string): MaintenanceWindow => ({ days: [], from, to });
const at = (text: string) => Date.parse(text);
const shown = ({ isOpen, until }: ReturnType<typeof windowAt>) =>
  `${isOpen ? 'open' : 'closed'} until ${until === null ? 'ever' : new Date(until).toISOString()}`;
const stateAt = (schedule: Schedule, text: string) => shown(windowAt(schedule, at(text)));

describe('maintenance windows', () => {
  it('are always open where there are none', () => {
    expect(stateAt(berlin(), '2026-07-01T12:00:00Z')).to.equal('open until ever');
  });

  it('are open by the clock of their zone, summer and winter', () => {
    const night = berlin(every('22:00', '05:00'));
    expect(stateAt(night, '2026-07-01T19:59:59Z')).to.equal('closed until 2026-07-01T20:00:00.000Z');
    expect(stateAt(night, '2026-07-01T20:00:00Z')).to.equal('open until 2026-07-02T03:00:00.000Z');
    expect(stateAt(night, '2026-01-01T20:00:00Z')).to.equal('closed until 2026-01-01T21:00:00.000Z');
    expect(stateAt(night, '2026-01-02T03:59:59Z')).to.equal('open until 2026-01-02T04:00:00.000Z');
    expect(stateAt(night, '2026-01-02T04:00:00Z')).to.equal('closed until 2026-01-02T21:00:00.000Z');
  });

  it('open on their days, and stay open over midnight', () => {
    const weekend = berlin({ days: ['saturday'], from: '23:00', to: '01:00' });
    expect(stateAt(weekend, '2026-07-01T12:00:00Z')).to.equal('closed until 2026-07-04T21:00:00.000Z');
    expect(stateAt(weekend, '2026-07-04T22:30:00Z')).to.equal('open until 2026-07-04T23:00:00.000Z');
    expect(stateAt(weekend, '2026-07-04T23:00:00Z')).to.equal('closed until 2026-07-11T21:00:00.000Z');
  });

  it('are open for a whole day where they end when they begin', () => {
    const monday = berlin({ days: ['monday'], from: '06:00', to: '06:00' });
    expect(stateAt(monday, '2026-07-06T03:59:59Z')).to.equal('closed until 2026-07-06T04:00:00.000Z');
    expect(stateAt(monday, '2026-07-07T03:59:59Z')).to.equal('open until 2026-07-07T04:00:00.000Z');
    expect(stateAt(berlin(every('06:00', '06:00')), '2026-07-07T04:00:00Z')).to.match(/^open/);
  });

  it('are found a week ahead, also where clocks skip the next one', () => {
    // On 2026-03-29, a Sunday, there is no 02:00 to 03:00.
    for (const from of ['02:00', '02:59']) {
      const sunday = berlin({ days: ['sunday'], from, to: '03:00' });
      expect(stateAt(sunday, '2026-03-22T03:00:00Z')).to.equal(`closed until 2026-04-05T00:${from.slice(3)}:00.000Z`);
    }
  });

  it('are one where they touch', () => {
    const two = berlin(every('20:00', '22:00'), every('22:00', '23:00'), every('10:00', '10:30'));
    expect(stateAt(two, '2026-07-01T18:30:00Z')).to.equal('open until 2026-07-01T21:00:00.000Z');
    expect(stateAt(two, '2026-07-01T07:30:00Z')).to.equal('closed until 2026-07-01T08:00:00.000Z');
  });

  it('begin after the hour that is skipped in spring', () => {
    // On 2026-03-29 the clocks of Berlin go from 02:00 to 03:00, at 01:00Z.
    const skipped = berlin(every('02:15', '02:45'));
    expect(stateAt(skipped, '2026-03-29T00:30:00Z')).to.equal('closed until 2026-03-29T01:15:00.000Z');
    expect(stateAt(skipped, '2026-03-29T01:20:00Z')).to.equal('open until 2026-03-29T01:45:00.000Z');
    const around = berlin(every('01:30', '03:30'));
    expect(stateAt(around, '2026-03-29T00:45:00Z')).to.equal('open until 2026-03-29T01:30:00.000Z');
  });

  it('take the first of the hours that come twice in autumn', () => {
    // On 2026-10-25 they go back from 03:00 to 02:00, at 01:00Z.
    const twice = berlin(every('02:15', '02:45'));
    expect(stateAt(twice, '2026-10-25T00:00:00Z')).to.equal('closed until 2026-10-25T00:15:00.000Z');
    expect(stateAt(twice, '2026-10-25T00:30:00Z')).to.equal('open until 2026-10-25T00:45:00.000Z');
    expect(stateAt(twice, '2026-10-25T01:30:00Z')).to.equal('closed until 2026-10-26T01:15:00.000Z');
    const around = berlin(every('01:00', '04:00'));
    expect(stateAt(around, '2026-10-25T00:30:00Z')).to.equal('open until 2026-10-25T03:00:00.000Z');
  });
});

describe('a schedule', () => {
  const starting = (startAt: string, timeZone = 'Europe/Berlin'): Schedule => ({ timeZone, startAt, windows: [] });

  it('begins at a moment of its zone', () => {
    expect(startOf(starting('2026-12-24T22:00:00'))).to.equal(at('2026-12-24T21:00:00Z'));
    expect(startOf(starting('2026-12-24T22:00', 'Asia/Kolkata'))).to.equal(at('2026-12-24T16:30:00Z'));
    expect(startOf(starting('2026-03-29T02:30:00'))).to.equal(at('2026-03-29T01:30:00Z'));
    expect(startOf(starting('2026-10-25T02:30:00'))).to.equal(at('2026-10-25T00:30:00Z'));
    expect(startOf(berlin())).to.equal(null);
  });

  it('is given by a moment, in the zone and with the windows of the one before', () => {
    const before = berlin(every('22:00', '05:00'));
    expect(scheduleAt(at('2026-12-24T21:00:00Z'), before)).to.deep.equal({ ...before, startAt: '2026-12-24T22:00:00' });
    expect(scheduleAt(at('2026-12-24T21:00:00Z'))).to.deep.equal(starting('2026-12-24T21:00:00', 'UTC'));
  });

  it('begins at no other moment than that, also in an hour that comes twice', () => {
    const [first, second] = [at('2026-10-25T00:30:00Z'), at('2026-10-25T01:30:00Z')];
    expect(scheduleAt(first, berlin())).to.deep.equal(starting('2026-10-25T02:30:00'));
    expect(scheduleAt(second, berlin())).to.deep.equal(starting('2026-10-25T01:30:00', 'UTC'));
    expect(() => scheduleAt(second, berlin(every('22:00', '05:00')))).to.throw('comes twice in Europe/Berlin');
  });

  it('begins neither too soon nor too late', () => {
    const now = at('2026-07-01T08:00:00Z');
    checkStart(now + 600_000, now);
    checkStart(now + 15_552_000_000, now);
    expect(() => checkStart(now + 599_999, now)).to.throw(
      'The scheduled time must be at least 10 minutes in the future.',
    );
    expect(() => checkStart(now + 15_552_000_001, now)).to.throw(
      'The scheduled time cannot be more than 180 days in the future.',
    );
  });

  it('is refused for a zone or a time that there is none of', () => {
    const odd: readonly [Schedule, RegExp][] = [
      [starting('2026-12-24T22:00:00', 'Europe/Atlantis'), /no time zone 'Europe\/Atlantis'/],
      [starting('2026-13-24T22:00:00'), /'2026-13-24T22:00:00' is no local time/],
      [starting('tomorrow'), /'tomorrow' is no local time/],
      [berlin(every('25:00', '26:00')), /'25:00' is no time of the day/],
    ];
    for (const [schedule, why] of odd) expect(() => checkSchedule(schedule)).to.throw(why);
    checkSchedule(berlin(every('22:00', '05:00')));
  });
});
