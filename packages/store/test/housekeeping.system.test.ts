import { silent } from '@thingwright/core';
import { expect } from 'chai';
import { startHousekeeping } from '../src/housekeeping.js';
import { openLocalBackend } from '../src/thread/backend.js';

describe('startHousekeeping', () => {
  /** A backend that says what it was asked to do, and does not. */
  function opened(changes: number, { unsettled = 0, bytes = 0 } = {}) {
    const backend = openLocalBackend({ kind: 'sqlite', location: ':memory:', readOnly: false });
    const asked: string[] = [];
    let tell: (name: string) => void = () => undefined;
    const first = new Promise<string>((resolve) => {
      tell = resolve;
    });
    const run: typeof backend.run = (name) => {
      asked.push(name);
      tell(name);
      return new Promise((_resolve, reject) => setImmediate(() => reject(new Error('not today'))));
    };
    const options = {
      retention: undefined,
      journal: { count: 10, age: 1000 },
      log: silent,
      now: Date.now,
      committed: () => ({ changes, bytes }),
      unsettled,
    };
    return { asked, first, housekeeping: startHousekeeping({ ...backend, run }, options) };
  }

  it('settles at its end what was committed, and ends all the same if that fails', async () => {
    const { asked, housekeeping } = opened(1);
    await housekeeping.stop();
    expect(asked).to.deep.equal(['settle']);
  });

  it('settles at its end what another process left', async () => {
    const { asked, housekeeping } = opened(0, { unsettled: 1 });
    await housekeeping.stop();
    expect(asked).to.deep.equal(['settle']);
  });

  it('settles before its time when what was committed is large', async () => {
    const { first, housekeeping } = opened(1, { bytes: 2 ** 26 });
    expect(await first).to.equal('settle');
    await housekeeping.stop();
  });

  it('does nothing at its end if nothing was committed', async () => {
    const { asked, housekeeping } = opened(0);
    await housekeeping.stop();
    expect(asked).to.deep.equal([]);
  });
});
