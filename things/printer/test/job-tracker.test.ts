import { expect } from 'chai';
import { type Job, JobTracker } from '../src/job-tracker.js';

const START = Date.parse('2026-11-20T12:00:00Z');

function tracked(kept: Job | null = null) {
  let now = START;
  let made = 0;
  let kepts = 0;
  const told: string[] = [];
  const tracker = new JobTracker({
    now: () => now,
    newUUID: () => `00000000-0000-4000-8000-00000000000${++made}`,
    kept,
    changed: () => kepts++,
  });
  for (const [name, stream] of Object.entries(tracker.events)) {
    stream.subscribe((data) => told.push('reason' in data ? `${name} ${data.reason}` : name));
  }
  return {
    tracker,
    told,
    get kepts() {
      return kepts;
    },
    /** The printer stands so, one second after the other. */
    follow(...ids: readonly number[]) {
      for (const id of ids) {
        now += 1000;
        tracker.follow(id, { progress: 0.25 });
      }
      return told;
    },
  };
}

describe('A job', () => {
  it('is told from its start to its end', () => {
    const { follow, tracker } = tracked();
    expect(follow(0, 1, 4, 16, 66, 64)).to.deep.equal(['jobStarted', 'jobCompleted']);
    expect(tracker.job).to.deep.include({ state: 'completed', timeLeft: 0, file: null, elapsed: 3 });
    expect(follow(0, 4, 16, 128, 0)).to.deep.equal(['jobStarted', 'jobCompleted', 'jobStarted', 'jobAborted aborted']);
  });

  it('is paused and resumed where it starts and where it runs, with the steps on the way or without', () => {
    expect(tracked().follow(0, 4, 38, 36, 6, 4, 16)).to.deep.equal(['jobStarted', 'jobPaused', 'jobResumed']);
    expect(tracked().follow(0, 16, 50, 48, 18, 16)).to.deep.equal(['jobStarted', 'jobPaused', 'jobResumed']);
    expect(tracked().follow(0, 16, 48, 16)).to.deep.equal(['jobStarted', 'jobPaused', 'jobResumed']);
  });

  it('that ran when it was first looked at was not started then', () => {
    const { follow, tracker } = tracked();
    expect(follow(16, 48)).to.deep.equal(['jobPaused']);
    expect(tracker.job).to.deep.include({ state: 'paused' });
  });

  it('that is over when it was first looked at is none', () => {
    const { follow, tracker } = tracked();
    expect(follow(64, 0)).to.deep.equal([]);
    expect(tracker.job).to.equal(null);
  });

  it('whose end was not seen is told as that', () => {
    expect(tracked().follow(0, 16, 0)).to.deep.equal(['jobStarted', 'jobAborted unseen']);
    expect(tracked().follow(0, 16, -1)).to.deep.equal(['jobStarted', 'jobAborted unseen']);
    expect(tracked().follow(0, 16, 1)).to.deep.equal(['jobStarted', 'jobAborted unseen', 'jobStarted']);
  });

  it('stays as it is while the printer says what nobody knows, or needs somebody', () => {
    const { follow, tracker } = tracked();
    expect(follow(0, 16, 2048, 1024, 16)).to.deep.equal(['jobStarted']);
    expect(tracker.job).to.deep.include({ state: 'printing', endedAt: null });
  });

  it('has the file that was sent, and says how long it takes', () => {
    const { follow, tracker } = tracked();
    follow(0);
    tracker.expect({ jobId: '00000000-0000-4000-8000-0000000000ff', file: 'cube.fc', estimate: 400 });
    follow(4);
    expect(tracker.job).to.deep.include({ file: 'cube.fc', estimate: 400, timeLeft: 300 });
    tracker.follow(16, { progress: 0.5, timeRunning: 7, traveled: 12.5 });
    expect(tracker.job).to.deep.include({ elapsed: 7, timeLeft: 200, traveled: 12.5 });
    follow(128, 0, 4);
    expect(tracker.job).to.deep.include({ file: null, estimate: null, timeLeft: null });
  });

  it('goes on after a restart, is kept with every step, and ended where it has ended meanwhile', () => {
    const before = tracked();
    before.follow(0, 16, 48);
    expect(before.kepts).to.equal(3);
    const kept = before.tracker.job;
    const after = tracked(kept);
    expect(after.follow(48, 16)).to.deep.equal(['jobResumed']);
    expect(after.tracker.job?.jobId).to.equal(kept?.jobId);
    expect(tracked(kept).follow(64)).to.deep.equal(['jobCompleted']);
    expect(tracked(kept).follow(0)).to.deep.equal(['jobAborted unseen']);
  });

  it('forgets what the toolhead was told when it is over', () => {
    const { follow, tracker } = tracked();
    const seen: (number | null)[] = [];
    tracker.properties.toolheadTarget.subscribe((target) => seen.push(target));
    follow(0, 16);
    tracker.heated(210);
    follow(64);
    expect(seen).to.deep.equal([null, null, 210, null]);
  });
});
