import { expect } from 'chai';
import { FollowedRuns } from '../../src/legacy/followed-runs.js';
import type { LocatedRun } from '../../src/legacy/located-run.js';
import { createFakeSchedule } from '../fixtures/fake-schedule.js';

const REMEMBERED = 1000;

const run = (actionID: string, state: LocatedRun['state']): LocatedRun => {
  const nothing = { input: undefined, output: undefined, progress: undefined, error: undefined };
  const times = { timeRequested: undefined, timeEnded: undefined };
  const href = `/runs/${actionID}`;
  const url = `http://kiln.example${href}`;
  return { actionID, action: 'bake', state, word: state, href, url, log: [], ...nothing, ...times };
};

const runAt = (number: number, state: LocatedRun['state']): LocatedRun => run(`run-${number}`, state);

/** Runs that somebody follows, at a server that answers with what `states` says. */
function followedRuns() {
  const states = new Map<string, LocatedRun['state']>();
  const told: unknown[] = [];
  const schedule = createFakeSchedule();
  const runs = new FollowedRuns({
    schedule: schedule.schedule,
    query: async (_action, url) => {
      const actionID = url.split('/').at(-1) ?? '';
      return run(actionID, states.get(actionID) ?? 'running');
    },
    tell: ({ actionID, state }) => told.push(`${actionID} ${state}`),
  });
  runs.follow();
  return { runs, told, states, schedule };
}

describe('Followed runs', () => {
  it('are not forgotten before their end is told, however many others come and go', async () => {
    const { runs, told, states, schedule } = followedRuns();
    runs.add(runAt(0, 'running'));
    for (let number = 1; number <= REMEMBERED; number++) runs.add(runAt(number, 'completed'));
    expect(() => runs.urlOf('run-1')).to.throw('not known');
    states.set('run-0', 'completed');
    schedule.advance(50);
    expect((await runs.query('run-0')).state).to.equal('completed');
    expect(told).to.deep.equal(['run-0 completed']);
    runs.remember(runAt(REMEMBERED + 1, 'running'));
    expect(() => runs.urlOf('run-0')).to.throw('not known');
  });

  it('are told to have failed, the oldest one, where more go on than can be remembered', () => {
    const { runs, told, schedule } = followedRuns();
    for (let number = 0; number <= REMEMBERED; number++) runs.add(runAt(number, 'running'));
    expect(told).to.deep.equal(['run-0 failed']);
    expect(() => runs.urlOf('run-0')).to.throw('not known');
    expect(schedule.waiting).to.equal(REMEMBERED);
  });

  it('are told of no more once nobody follows, and are forgotten like others then', () => {
    const { runs, told, schedule } = followedRuns();
    runs.add(runAt(0, 'running'));
    runs.stop();
    for (let number = 1; number <= REMEMBERED; number++) runs.remember(runAt(number, 'running'));
    expect(told).to.deep.equal([]);
    expect(schedule.waiting).to.equal(0);
  });
});
