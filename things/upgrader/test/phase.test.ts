import { expect } from 'chai';
import { nextStatusOf, PHASES, phasesOf, stageOf, statusOf } from '../src/index.js';
import { PHASE_NAMES, progressOf } from '../src/phase.js';

/** The table of the reference, section 15: phases, status, status of the next generation, progress, whether a cancel is honoured. */
const TABLE: readonly (readonly [string, string, string, readonly [number, number], boolean])[] = [
  ['planned', 'in-progress', 'in-progress', [0, 0], true],
  ['queued waiting-retry', 'in-progress', 'in-progress', [0, 64], true],
  ['waiting-device waiting-group waiting-window paused', 'in-progress', 'pending', [0, 64], true],
  ['connecting identifying checking uploading testing', 'in-progress', 'in-progress', [0, 64], true],
  ['cancelling', 'in-progress', 'in-progress', [0, 64], false],
  ['flashing rebooting verifying outcome-unknown', 'in-progress', 'in-progress', [65, 99], false],
  ['succeeded not-needed', 'success', 'success', [100, 100], false],
  ['failed rolled-back', 'failed', 'failed', [0, 99], false],
  ['skipped precondition-failed superseded', 'aborted', 'aborted', [0, 64], false],
  ['cancelled', 'cancelled', 'cancelled', [0, 64], false],
];

describe('the phases of an upgrade', () => {
  it('are told as the reference has it, all of them', () => {
    const rows = TABLE.flatMap(([names, status, next, progress, isCancellable]) =>
      names.split(' ').map((name) => [name, status, next, progress, isCancellable]),
    );
    const found = PHASE_NAMES.map((phase) => [
      phase,
      statusOf(phase),
      nextStatusOf(phase),
      progressOf(phase),
      ['waiting', 'running'].includes(stageOf(phase)),
    ]);
    expect(found).to.have.deep.members(rows);
  });

  it('are found by the status under which they are shown', () => {
    expect(phasesOf('in-progress')).to.include.members(['queued', 'paused', 'flashing']);
    expect(phasesOf('pending')).to.deep.equal(['waiting-device', 'waiting-group', 'waiting-window', 'paused']);
    const all = (['in-progress', 'success', 'failed', 'aborted', 'cancelled'] as const).flatMap(phasesOf);
    expect(all).to.have.members(Object.keys(PHASES));
  });
});
