import { expect } from 'chai';
import { suspectsOf } from '../../src/wire/suspects.js';

const frame = (battery: { voltage: number; soc: number; soh?: number }, seq?: number) => ({
  device_id: 'x',
  timestamp: '2026-02-03T12:00:00Z',
  battery,
  ...(seq === undefined ? {} : { seq }),
});

describe('Suspect values', () => {
  it('are none at the limits', () => {
    expect(suspectsOf(frame({ voltage: 0, soc: 100, soh: 0 }, 0))).to.equal(undefined);
    expect(suspectsOf(frame({ voltage: 1500, soc: 0, soh: 100 }))).to.equal(undefined);
  });

  it('are named with their path', () => {
    const found = suspectsOf(frame({ voltage: 1500.1, soc: -0.1, soh: 101 }, -1));
    expect(found?.map(({ path, value }) => [path, value])).to.deep.equal([
      ['/battery/voltage', 1500.1],
      ['/battery/soc', -0.1],
      ['/battery/soh', 101],
      ['/seq', -1],
    ]);
  });
});
