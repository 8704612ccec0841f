import { expect } from 'chai';
import fc from 'fast-check';
import { type Happening, type Phase, patienceFor, SHOWN, STEPS, type Step } from '../src/connection-state.js';

const HAPPENINGS: readonly Happening[] = ['opened', 'frame', 'quiet', 'silent', 'closed'];

describe('The states of a connection', () => {
  it('give three times the median period, between 3 and 60 s, and three times that', () => {
    expect(patienceFor(undefined)).to.deep.equal({ quiet: 3000, silent: 9000 });
    expect(patienceFor(200)).to.deep.equal({ quiet: 3000, silent: 9000 });
    expect(patienceFor(1100)).to.deep.equal({ quiet: 3300, silent: 9900 });
    expect(patienceFor(5000)).to.deep.equal({ quiet: 15_000, silent: 45_000 });
    expect(patienceFor(60_000)).to.deep.equal({ quiet: 60_000, silent: 180_000 });
  });

  it('tell of connections and their ends in turn, and of recovery only after staleness', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...HAPPENINGS), { maxLength: 40 }), (happenings) => {
        let phase: Phase = 'away';
        let isConnected = false;
        let isStale = false;
        for (const happening of happenings) {
          const step: Step = STEPS[phase][happening];
          for (const announcement of step.announce) {
            if (announcement === 'connected') {
              expect(isConnected).to.equal(false);
              isConnected = true;
              isStale = false;
            } else if (announcement === 'disconnected') {
              expect(isConnected).to.equal(true);
              isConnected = false;
            } else if (announcement === 'stale') {
              isStale = true;
            } else {
              expect(isStale).to.equal(true);
              isStale = false;
            }
          }
          phase = step.phase;
          expect(isConnected).to.equal(SHOWN[phase] !== 'CLOSED');
        }
      }),
    );
  });
});
