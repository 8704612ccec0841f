import { expect } from 'chai';
import { Heartbeat } from '../src/heartbeat.js';
import { createFakeSchedule } from './fixtures/fake-schedule.js';

describe('Heartbeat', () => {
  it('asks after a while of silence, and gives up 75 s after the last sign of life at the earliest', () => {
    const time = createFakeSchedule();
    const calls: string[] = [];
    const heartbeat = new Heartbeat({
      schedule: time.schedule,
      ask: () => calls.push('ask'),
      giveUp: () => calls.push('give up'),
    });
    heartbeat.start();
    time.advance(25_000);
    expect(calls).to.deep.equal([]);
    time.advance(25_000);
    expect(calls).to.deep.equal(['ask']);
    heartbeat.heard();
    time.advance(50_000);
    expect(calls).to.deep.equal(['ask', 'ask']);
    time.advance(50_000);
    expect(calls).to.deep.equal(['ask', 'ask', 'give up']);
    expect(time.waiting).to.equal(0);
  });

  it('leaves no timer when it is stopped', () => {
    const time = createFakeSchedule();
    const heartbeat = new Heartbeat({ schedule: time.schedule, ask() {}, giveUp() {} });
    heartbeat.start();
    heartbeat.stop();
    expect(time.waiting).to.equal(0);
  });
});
