import { expect } from 'chai';
import { createTakeOverGuard } from '../src/take-over-guard.js';

describe('The guard over take-overs', () => {
  it('does not keep names whose last take-over is long ago', () => {
    let now = 0;
    const guard = createTakeOverGuard({ limit: 1 }, () => now);
    for (let i = 0; i < 5000; i++) {
      guard.record({ name: `device-${i}`, incumbent: 'a', newcomer: 'b' });
      now += 1000;
    }
    expect(guard.allows({ name: 'device-0', incumbent: 'a', newcomer: 'b' })).to.equal(true);
    expect(guard.allows({ name: 'device-4999', incumbent: 'a', newcomer: 'b' })).to.equal(false);
  });
});
