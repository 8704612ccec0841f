import { expect } from 'chai';
import fc from 'fast-check';
import { groupOf, hasTask, isEnded, labelOf, permits, STATUS_GROUPS, type StatusGroup } from '../src/status.js';

/** The table of the reference, section 3.2, and the two ids that only old firmware has. */
const TABLE: readonly (readonly [id: number, group: StatusGroup])[] = [
  [-17, 'occupied'],
  [-10, 'occupied'],
  [-3, 'occupied'],
  [-2, 'occupied'],
  [-1, 'occupied'],
  [0, 'idle'],
  [1, 'preparing'],
  [4, 'preparing'],
  [6, 'resuming'],
  [16, 'running'],
  [17, 'resuming'],
  [18, 'resuming'],
  [32, 'paused'],
  [36, 'paused'],
  [38, 'pausing'],
  [48, 'paused'],
  [50, 'pausing'],
  [64, 'finished'],
  [66, 'finishing'],
  [68, 'finishing'],
  [128, 'aborted'],
  [130, 'aborting'],
  [132, 'aborting'],
  [256, 'error'],
  [512, 'error'],
  [1024, 'attention'],
];

describe('The status of a printer', () => {
  it('is grouped as the table says', () => {
    for (const [id, group] of TABLE) expect(groupOf(id), String(id)).to.equal(group);
  });

  it('runs at 16 and is complete at 64, whatever the vendor prints', () => {
    expect([labelOf(16), labelOf(64)]).to.deep.equal(['RUNNING', 'COMPLETED']);
  });

  it('is grouped by its bits where the table does not know it', () => {
    const cases: readonly (readonly [number, StatusGroup])[] = [
      [-99, 'occupied'],
      [2, 'unknown'],
      [8, 'unknown'],
      [5, 'preparing'],
      [3, 'preparing'],
      [20, 'running'],
      [22, 'resuming'],
      [52, 'paused'],
      [54, 'pausing'],
      [80, 'finished'],
      [82, 'finishing'],
      [144, 'aborted'],
      [146, 'aborting'],
      [272, 'error'],
      [528, 'error'],
      [1040, 'attention'],
      [2048, 'unknown'],
    ];
    for (const [id, group] of cases) expect(groupOf(id), String(id)).to.equal(group);
    expect(labelOf(52)).to.equal('PAUSED');
  });

  it('has a group and a label for any 32 bits', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (id) => {
        expect(STATUS_GROUPS).to.include(groupOf(id));
        expect(labelOf(id)).to.match(/^[A-Z_]+$/);
      }),
    );
  });

  it('permits what the device permits', () => {
    const permitted = (command: Parameters<typeof permits>[1]) =>
      TABLE.filter(([id]) => permits(id, command)).map(([id]) => id);
    expect(permitted('start')).to.deep.equal([0, 64, 128]);
    expect(permitted('pause')).to.deep.equal([1, 4, 6, 16, 17, 18, 256, 512, 1024]);
    expect(permitted('resume')).to.deep.equal([32, 36, 48]);
    expect(permitted('abort')).to.deep.equal([1, 4, 6, 16, 17, 18, 32, 36, 38, 48, 50, 256, 512, 1024]);
    expect(permitted('quit')).to.deep.equal([64, 128]);
  });

  it('has a task from its start to its end', () => {
    expect(TABLE.filter(([id]) => hasTask(id) || isEnded(id)).map(([id]) => id)).to.deep.equal(
      TABLE.map(([id]) => id).filter((id) => id > 0),
    );
    expect(hasTask(64)).to.equal(false);
  });
});
