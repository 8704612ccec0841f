import { expect } from 'chai';
import { ScanEvents } from '../src/scan-events.js';
import { advance, type Happening, sentTask } from '../src/task-machine.js';

const TASK = {
  taskID: '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33',
  capabilityHash: 'a'.repeat(64),
  actionID: 'a',
  name: 'scan',
  sequenceID: 's',
  parameter: {},
  resultIDs: ['r'],
};

/** A scan whose events are noted, and whose time is ours. */
function open() {
  const clock = { now: 1_000_000 };
  const told: [string, unknown][] = [];
  const events = new ScanEvents(() => clock.now);
  for (const [name, stream] of Object.entries(events.events))
    stream.subscribe((data: unknown) => told.push([name, data]));
  let state = sentTask(clock.now, { expectsFile: true, maxSilence: 1000 });
  return {
    clock,
    told,
    events,
    happens(happening: Happening): void {
      const before = state;
      state = advance(before, happening, clock.now);
      events.tell({ ...TASK, state }, before);
    },
  };
}

describe('The events of a scan', () => {
  it('tell progress at most twice a second, the latest in the end', () => {
    const { clock, told, events, happens } = open();
    for (let percent = 1; percent <= 5; percent++) happens({ type: 'progress', percent });
    expect(told.map(([name]) => name)).to.deep.equal(['scanStarted', 'scanProgress']);
    clock.now += 499;
    events.sweep(clock.now);
    expect(told).to.have.length(2);
    clock.now += 1;
    events.sweep(clock.now);
    expect(told.slice(2).map(([, data]) => data)).to.deep.equal([
      { taskId: TASK.taskID, progress: 5, at: new Date(clock.now).toISOString() },
    ]);
  });

  it('tell the last progress before the end, and each end once', () => {
    const { told, happens } = open();
    happens({ type: 'progress', percent: 50 });
    happens({ type: 'progress', percent: 100 });
    happens({ type: 'transferEnded', isVerified: true });
    happens({ type: 'error', message: 'too late' });
    expect(told.map(([name]) => name)).to.deep.equal(['scanStarted', 'scanProgress', 'scanProgress', 'scanFinished']);
    expect(told.at(-1)?.[1]).to.deep.include({ resultIds: ['r'] });
  });

  it('tell a failure with its code, and show it as the last error', () => {
    const { told, events, happens } = open();
    happens({ type: 'error', message: 'no coil' });
    expect(told.map(([name]) => name)).to.deep.equal(['scanFailed']);
    expect(events.lastError.get()).to.include({ code: 'device-error', message: 'no coil', taskId: TASK.taskID });
    expect(JSON.stringify(events.currentTask.get())).to.not.include('secret');
  });
});
