import { expect } from 'chai';
import fc from 'fast-check';
import { rememberedWindows } from '../../src/engine/remembered-windows.js';
import { WEEKDAYS, windowAt } from '../../src/schedule.js';
import { START } from '../fixture.js';

const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
const windows = fc.array(
  fc.record({ days: fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { maxLength: 3 }), from: clock, to: clock }),
  { maxLength: 3 },
);

describe('windows that are remembered', () => {
  it('are what they are when they are asked for, whichever way the clock was set', () => {
    const moment = fc.integer({ min: START, max: START + 200 * 86_400_000 });
    fc.assert(
      fc.property(windows, fc.array(moment, { maxLength: 12 }), (list, moments) => {
        const schedule = { timeZone: 'Europe/Berlin', startAt: null, windows: list };
        const windowOf = rememberedWindows();
        for (const now of moments) {
          const state = windowOf(schedule, now);
          const { isOpen, until } = windowAt(schedule, now);
          expect(state.isOpen).to.equal(isOpen);
          // Of what is always open it is not looked further than two weeks ahead.
          const isAlways = isOpen && (until ?? Number.POSITIVE_INFINITY) > now + 14 * 86_400_000;
          if (!isAlways) expect(state.until).to.equal(until);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are worked out once for as long as they hold', () => {
    let worked = 0;
    const windowOf = rememberedWindows((schedule, now) => {
      worked++;
      return windowAt(schedule, now);
    });
    const schedule = {
      timeZone: 'UTC',
      startAt: null,
      windows: [{ days: [], from: '22:00', to: '23:00' }],
    };
    const opens = START + 14 * 3_600_000;
    for (const now of [START, START + 1, opens - 1]) expect(windowOf(schedule, now)).to.include({ isOpen: false });
    expect(worked).to.equal(1);
    for (const now of [opens, opens + 3_599_999]) expect(windowOf(schedule, now)).to.include({ isOpen: true });
    expect(worked).to.equal(2);
    expect(windowOf(schedule, START)).to.include({ isOpen: false, until: opens });
    expect(windowOf({ ...schedule, windows: [] }, START)).to.include({ isOpen: true });
    expect(worked).to.equal(4);
  });
});
