import { expect } from 'chai';
import fc from 'fast-check';
import {
  type Advanced,
  advanceUpgrade,
  dueOf,
  holdsDevice,
  isCancellable,
  isEnded,
  isRefused,
  PHASES,
  RETRY_POLICY,
  stageOf,
  statusOf,
  type Upgrade,
  type UpgradeEvent,
} from '../src/index.js';
import { progressOf } from '../src/phase.js';
import { START, upgradeOf } from './fixture.js';

const circumstances = { now: START + 1000, random: 0.5, policy: RETRY_POLICY };
const claim = { type: 'claim', holder: 'worker', until: START + 30_000 } as const;
const cancel = { type: 'cancel', by: 'user:bob' } as const;
const CANCELLED = 'Upgrade operation has been cancelled by user';

/** What becomes of an upgrade when all of these happen; none may be refused. */
function after(upgrade: Upgrade, ...events: readonly UpgradeEvent[]): Advanced {
  return events.reduce<Advanced>(
    ({ upgrade: before, lines }, event) => {
      const outcome = advanceUpgrade(before, event, circumstances);
      if (isRefused(outcome)) throw new Error(`${event.type}: ${outcome.refused}`);
      return { upgrade: outcome.upgrade, lines: [...lines, ...outcome.lines] };
    },
    { upgrade, lines: [] },
  );
}

const refusal = (upgrade: Upgrade, event: UpgradeEvent): string => {
  const outcome = advanceUpgrade(upgrade, event, circumstances);
  return isRefused(outcome) ? outcome.refused : 'not refused';
};

const step = (phase: 'identifying' | 'checking' | 'uploading' | 'testing' | 'rebooting' | 'verifying', progress = 0) =>
  ({ type: 'step', fence: 1, phase, progress }) as const;
const flash = { type: 'flash', fence: 1 } as const;
const running = () => after(upgradeOf(1), claim).upgrade;
const flashing = () => after(upgradeOf(1), claim, step('testing', 60), flash).upgrade;
const end = (phase: 'succeeded' | 'not-needed' | 'failed' | 'precondition-failed' | 'rolled-back') =>
  ({ type: 'end', fence: 1, phase, lines: [`It ${phase}`] }) as const;

describe('the machine of upgrades', () => {
  it('goes from the queue over the point of no return to success', () => {
    const { upgrade, lines } = after(
      upgradeOf(1),
      claim,
      { type: 'step', fence: 1, phase: 'identifying', progress: 10, lines: ['Connection successful'] },
      step('uploading', 21),
      step('uploading', 60.7),
      flash,
      step('rebooting', 70),
      step('verifying', 91),
      { ...end('succeeded'), verified: { version: '2.0', bootID: 'b', at: START } },
    );
    expect(upgrade).to.deep.include({
      phase: 'succeeded',
      progress: 100,
      attempt: 1,
      lease: null,
      wakeAt: null,
      verified: { version: '2.0', bootID: 'b', at: START },
      lines: 2,
      seq: 9,
      ended: circumstances.now,
    });
    expect(lines).to.deep.equal(['Connection successful', 'It succeeded']);
    expect(holdsDevice(upgrade)).to.equal(false);
  });

  it('11.47: takes progress as an integer, and what is none as the one before', () => {
    expect(after(flashing(), step('rebooting', 75.7)).upgrade.progress).to.equal(75);
    for (const told of [Number.NaN, -1]) {
      expect(after(running(), step('uploading', 40), step('uploading', told)).upgrade.progress).to.equal(40);
    }
    expect(after(running(), step('uploading', Number.POSITIVE_INFINITY)).upgrade.progress).to.equal(64);
  });

  it('never lets progress fall within an attempt, nor leave what its phase may have', () => {
    expect(after(running(), step('uploading', 40), step('uploading', 30)).upgrade.progress).to.equal(40);
    expect(after(running(), step('uploading', 90)).upgrade.progress).to.equal(64);
    expect(after(flashing(), step('rebooting', 3)).upgrade.progress).to.equal(65);
    expect(after(flashing(), step('verifying', 100)).upgrade.progress).to.equal(99);
  });

  it('never goes back to an earlier step', () => {
    expect(refusal(after(running(), step('uploading')).upgrade, step('checking'))).to.match(/cannot be checking/);
    expect(refusal(running(), step('rebooting'))).to.match(/cannot be rebooting/);
    expect(refusal(flashing(), step('testing'))).to.match(/cannot be testing/);
  });

  it('does nothing where nothing is different', () => {
    const upgrade = after(running(), step('uploading', 30)).upgrade;
    for (const event of [step('uploading', 30), { type: 'log', fence: 1, lines: [] } as const]) {
      expect(after(upgrade, event).upgrade).to.equal(upgrade);
    }
  });

  describe('cancelling', () => {
    it('ends at once what nobody works on', () => {
      for (const hold of ['waiting-group', 'waiting-window', 'waiting-device'] as const) {
        const held = after(upgradeOf(1), { type: 'hold', phase: hold, until: null }).upgrade;
        const { upgrade, lines } = after(held, cancel);
        expect(upgrade).to.deep.include({
          phase: 'cancelled',
          cancelRequest: { by: 'user:bob', at: circumstances.now },
        });
        expect(lines).to.deep.equal([CANCELLED]);
      }
    });

    it('is asked of a driver, and is accepted a second time without a second line', () => {
      const { upgrade, lines } = after(running(), step('uploading', 30), cancel);
      expect(upgrade).to.include({ phase: 'cancelling', progress: 30 });
      expect(lines).to.deep.equal([CANCELLED]);
      expect(after(upgrade, cancel).upgrade).to.equal(upgrade);
    });

    it('wins against every later report of the driver', () => {
      const { upgrade } = after(running(), cancel);
      expect(refusal(upgrade, flash)).to.equal('The upgrade is being cancelled');
      expect(refusal(upgrade, step('testing'))).to.equal('The upgrade is being cancelled');
      const ends: UpgradeEvent[] = [
        { type: 'stopped', fence: 1 },
        { type: 'fail', fence: 1, cause: 'the line broke' },
        { type: 'defer', fence: 1, until: null },
        end('not-needed'),
        end('failed'),
      ];
      for (const event of ends) {
        expect(after(upgrade, event).upgrade, event.type).to.deep.include({ phase: 'cancelled', lease: null });
      }
    });

    it('is refused in the words that clients know', () => {
      const text = 'Cannot cancel upgrade: firmware reflashing has already started';
      expect(refusal(flashing(), cancel)).to.equal(text);
      expect(refusal(after(flashing(), { type: 'lose', fence: 1 }).upgrade, cancel)).to.equal(text);
      const ended = [end('not-needed'), end('failed'), end('precondition-failed')].map(
        (event) => after(running(), event).upgrade,
      );
      expect([...ended, after(upgradeOf(1), cancel).upgrade].map((upgrade) => refusal(upgrade, cancel))).to.deep.equal(
        ['success', 'failed', 'aborted', 'cancelled'].map((status) => `Cannot cancel operation with status: ${status}`),
      );
    });

    it('ends by itself if the driver does not stop in time, and the device stays taken until it has', () => {
      const { upgrade } = after(running(), cancel, { type: 'expire' });
      expect(upgrade.phase).to.equal('cancelled');
      expect(holdsDevice(upgrade)).to.equal(true);
      expect(refusal(upgrade, flash)).to.equal('The upgrade has ended');
      expect(holdsDevice(after(upgrade, { type: 'stopped', fence: 1 }).upgrade)).to.equal(false);
      expect(holdsDevice(after(upgrade, { type: 'lapse', holderIsDead: true }).upgrade)).to.equal(false);
    });
  });

  describe('trying again', () => {
    const fail = (fence: number) => ({ type: 'fail', fence, cause: 'Connection failed' }) as const;
    const again = (upgrade: Upgrade) => after(upgrade, { type: 'release' }, claim).upgrade;

    it('tries four times more, waiting twice as long each time, and gives up', () => {
      let upgrade = running();
      const waits: number[] = [];
      for (let fence = 1; fence <= 4; fence++) {
        const { upgrade: waiting, lines } = after(upgrade, fail(fence));
        expect(lines).to.deep.equal([
          'Detected a recoverable failure: Connection failed.\n\nThe upgrade operation will be retried soon.',
        ]);
        expect(waiting).to.deep.include({ phase: 'waiting-retry', failures: fence, lease: null });
        waits.push((waiting.wakeAt ?? 0) - circumstances.now);
        upgrade = again(waiting);
        expect(upgrade.progress).to.equal(0);
      }
      expect(waits).to.deep.equal([30_000, 60_000, 120_000, 240_000]);
      const { upgrade: failed, lines } = after(upgrade, fail(5));
      expect(failed.phase).to.equal('failed');
      expect(lines).to.deep.equal(['Max retries exceeded. Upgrade failed: Connection failed.']);
    });

    it('goes on to wait for its device if it is persistent', () => {
      let upgrade = after(upgradeOf(1, { persistent: true }), claim).upgrade;
      for (let fence = 1; fence <= 4; fence++) upgrade = again(after(upgrade, fail(fence)).upgrade);
      const { upgrade: waiting, lines } = after(upgrade, fail(5));
      expect(waiting).to.include({ phase: 'waiting-device', retryCount: 1, failures: 0 });
      expect(waiting.wakeAt).to.equal(circumstances.now + 600_000);
      expect(lines).to.deep.equal([
        'All immediate retries exhausted: Connection failed. Scheduled persistent retry #1 at 2026-07-01T08:10:01.000Z.',
      ]);
      expect(after(waiting, { type: 'release' }).lines).to.deep.equal(['Persistent retry #1 starting.']);
    });

    it('waits no longer than its limits say', () => {
      const upgrade: Upgrade = { ...running(), failures: 4, retryCount: 40, persistent: true };
      expect(after(upgrade, fail(1)).upgrade.wakeAt).to.equal(circumstances.now + 43_200_000);
      const often = { ...circumstances, policy: { ...RETRY_POLICY, retries: 100 } };
      const waiting = advanceUpgrade({ ...upgrade, failures: 50 }, fail(1), often);
      expect(isRefused(waiting) || waiting.upgrade.wakeAt).to.equal(circumstances.now + 300_000);
    });

    it('never tries again what was flashed', () => {
      expect(refusal(flashing(), fail(1))).to.match(/cannot be tried again/);
    });
  });

  describe('after a restart', () => {
    const lapse = { type: 'lapse', holderIsDead: true } as const;

    it('counts what had begun as a failure, and tries it again', () => {
      expect(after(running(), lapse).upgrade).to.deep.include({ phase: 'waiting-retry', failures: 1, lease: null });
    });

    it('finishes a cancel', () => {
      expect(after(running(), cancel, lapse).upgrade).to.deep.include({ phase: 'cancelled', lease: null });
    });

    it('finds out what came of a flash, and never flashes again', () => {
      for (const upgrade of [flashing(), after(flashing(), step('rebooting')).upgrade]) {
        const unknown = after(upgrade, lapse).upgrade;
        expect(unknown).to.deep.include({ phase: 'outcome-unknown', lease: null, progress: 65 });
        expect(dueOf(unknown)).to.equal(unknown.phaseSince);
        const verifying = after(unknown, claim).upgrade;
        expect(verifying).to.include({ phase: 'verifying', attempt: 1 });
        expect(refusal(verifying, { type: 'flash', fence: 2 })).to.match(/cannot be flashed/);
        expect(after(verifying, { ...end('succeeded'), fence: 2 }).upgrade.progress).to.equal(100);
      }
    });

    it('leaves a worker alone whose lease is not over', () => {
      expect(refusal(running(), { type: 'lapse', holderIsDead: false })).to.equal(
        'The lease of its worker is not over',
      );
      const late = { ...circumstances, now: claim.until };
      const outcome = advanceUpgrade(running(), { type: 'lapse', holderIsDead: false }, late);
      expect(isRefused(outcome) || outcome.upgrade.phase).to.equal('waiting-retry');
    });

    it('refuses what a worker says whose lease is over', () => {
      const upgrade = after(running(), lapse, { type: 'release' }, claim).upgrade;
      for (const event of [flash, step('testing'), end('failed'), { type: 'stopped', fence: 1 } as const]) {
        expect(refusal(upgrade, event)).to.equal('The lease of this worker is over');
      }
    });
  });

  it('ends what lasts too long, and says so', () => {
    const slow = after(running(), { type: 'expire' });
    expect(slow.upgrade.phase).to.equal('failed');
    expect(slow.lines).to.deep.equal(['Operation timed out.']);
    const gone = after(flashing(), { type: 'expire' });
    expect(gone.upgrade).to.include({ phase: 'failed', progress: 65 });
    expect(gone.lines).to.deep.equal(['Giving up, device not reachable anymore after upgrade']);
    expect(refusal(upgradeOf(1), { type: 'expire' })).to.match(/cannot be timed out/);
  });

  it('keeps its device after that until its driver says that it has stopped', () => {
    for (const before of [running(), flashing(), after(running(), cancel).upgrade]) {
      const { upgrade } = after(before, { type: 'expire' });
      expect([isEnded(upgrade), holdsDevice(upgrade)]).to.deep.equal([true, true]);
      for (const event of [step('testing'), flash, { type: 'log', fence: 1, lines: ['still there'] } as const]) {
        expect(refusal(upgrade, event)).to.equal('The upgrade has ended');
      }
      const { upgrade: free } = after(upgrade, { type: 'stopped', fence: 1 });
      expect([free.phase, holdsDevice(free)]).to.deep.equal([upgrade.phase, false]);
    }
  });

  it('is looked for as often after a flash as an attempt is tried again, then given up', () => {
    const tried: Upgrade = { ...running(), failures: 3 };
    let { upgrade } = after(tried, step('testing', 60), flash, { type: 'lose', fence: 1, lines: [] });
    expect(upgrade).to.deep.include({ phase: 'outcome-unknown', failures: 1 });
    for (let fence = 2; fence <= 4; fence++) {
      upgrade = after(upgrade, claim, { type: 'lose', fence, lines: [] }).upgrade;
      expect(upgrade).to.deep.include({ phase: 'outcome-unknown', failures: fence });
    }
    const { upgrade: lost, lines } = after(upgrade, claim, { type: 'lose', fence: 5, lines: [] });
    expect(lost).to.deep.include({ phase: 'failed', lease: null });
    expect(lines).to.deep.equal(['Giving up, device not reachable anymore after upgrade']);
  });

  it('that is released before its time is worked on at its time, and paused is not held', () => {
    const early = after(
      upgradeOf(1, { notBefore: START + 5000 }),
      { type: 'hold', phase: 'waiting-device', until: null },
      { type: 'release' },
    );
    expect(early.upgrade).to.include({ phase: 'queued', wakeAt: START + 5000 });
    const paused = after(upgradeOf(1), { type: 'pause' }).upgrade;
    expect(refusal(paused, { type: 'hold', phase: 'waiting-device', until: null })).to.match(/cannot be held/);
    expect(refusal(paused, { type: 'release' })).to.match(/cannot be released/);
  });

  it('goes on where it was paused', () => {
    const waiting = after(running(), { type: 'fail', fence: 1, cause: 'x' }).upgrade;
    const paused = after(waiting, { type: 'pause' }).upgrade;
    expect(dueOf(paused)).to.equal(null);
    expect(refusal(paused, { type: 'release' })).to.match(/cannot be released/);
    expect(refusal(paused, claim)).to.match(/cannot be claimed/);
    const resumed = after(paused, { type: 'resume' }).upgrade;
    expect(resumed).to.include({ phase: 'waiting-retry', wakeAt: waiting.wakeAt, pausedFrom: null });
    expect(refusal(running(), { type: 'pause' })).to.match(/cannot be paused/);
  });

  it('sleeps no longer than its largest back-off after the clock was set back, and then as long as it was to', () => {
    const { now } = circumstances;
    const later = now + 86_400_000;
    const asleep = (phase: Upgrade['phase'], more: Partial<Upgrade> = {}) =>
      after({ ...upgradeOf(1), phase, wakeAt: later, ...more }, { type: 'hasten' }).upgrade.wakeAt;
    expect(asleep('waiting-retry')).to.equal(now + RETRY_POLICY.maximum);
    expect(asleep('outcome-unknown')).to.equal(now + RETRY_POLICY.maximum);
    expect(asleep('waiting-device')).to.equal(now + RETRY_POLICY.persistentMaximum * 1.25);
    expect(asleep('paused', { pausedFrom: 'waiting-retry' })).to.equal(now + RETRY_POLICY.maximum);
    expect(asleep('queued')).to.equal(now);
    expect(asleep('queued', { notBefore: later })).to.equal(later);
    expect(asleep('waiting-window'), 'it is looked at again when its window opens').to.equal(now);
    expect(asleep('paused', { pausedFrom: 'waiting-window' })).to.equal(now);
    expect(asleep('waiting-retry', { wakeAt: now + 5000 })).to.equal(now + 5000);
    expect(asleep('waiting-group', { wakeAt: null })).to.equal(null);
  });

  it('is not claimed twice, nor before its time', () => {
    expect(refusal(running(), claim)).to.match(/somebody works on it/);
    expect(refusal(upgradeOf(1, { notBefore: START + 5000 }), claim)).to.match(/cannot be claimed yet/);
  });

  it('leaves the queue when its image is deleted, and goes on without it when it has begun', () => {
    expect(after(upgradeOf(1), { type: 'imageDeleted' }).upgrade).to.include({
      phase: 'precondition-failed',
      image: null,
    });
    expect(after(flashing(), { type: 'imageDeleted' }).upgrade).to.include({ phase: 'flashing', image: null });
    const again = after(running(), { type: 'imageDeleted' }, { type: 'stopped', fence: 1 }).upgrade;
    expect(again).to.include({ phase: 'waiting-retry', image: null });
    expect(after(again, { type: 'imageDeleted' }).upgrade).to.include({ phase: 'precondition-failed', image: null });
    const ended = after(running(), end('failed'), { type: 'imageDeleted' }).upgrade;
    expect(ended).to.include({ phase: 'failed', image: null });
  });

  it('waits for its window with its image prepared, and begins again when that opens', () => {
    const { upgrade } = after(running(), step('testing', 64), { type: 'defer', fence: 1, until: START + 9000 });
    expect(upgrade).to.deep.include({ phase: 'waiting-window', wakeAt: START + 9000, progress: 64, lease: null });
    expect(dueOf(upgrade)).to.equal(START + 9000);
    expect(after(upgrade, { type: 'release' }, claim).upgrade).to.include({
      phase: 'connecting',
      failures: 0,
      attempt: 2,
    });
  });

  it('waits a day for its window at most, until that is looked at again', () => {
    const day = circumstances.now + 86_400_000;
    for (const until of [null, circumstances.now + 604_800_000, Number.POSITIVE_INFINITY]) {
      const { upgrade } = after(running(), { type: 'defer', fence: 1, until });
      expect(upgrade).to.include({ phase: 'waiting-window', wakeAt: day });
      const held = after(upgrade, { type: 'hold', phase: 'waiting-window', until }).upgrade;
      expect(held).to.include({ phase: 'waiting-window', wakeAt: day });
    }
    const away = after(upgradeOf(1), { type: 'hold', phase: 'waiting-device', until: null }).upgrade;
    expect(away).to.include({ wakeAt: null });
  });

  it('holds what it promises in every history', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(anyEvent(), { maxLength: 60 }), (persistent, events) => {
        let upgrade = upgradeOf(1, { persistent });
        let cancelled = false;
        let now = START;
        for (const draw of events) {
          now += 1000;
          const event = draw(upgrade);
          const outcome = advanceUpgrade(upgrade, event, { ...circumstances, now });
          if (isRefused(outcome)) {
            expect(outcome.refused).not.to.equal('');
            continue;
          }
          holds(upgrade, outcome);
          cancelled ||= event.type === 'cancel';
          if (cancelled) expect(stageOf(outcome.upgrade.phase)).not.to.equal('flashed');
          if (cancelled && isEnded(outcome.upgrade)) expect(outcome.upgrade.phase).to.equal('cancelled');
          upgrade = outcome.upgrade;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** What holds from one step to the next, whatever happens. */
function holds(before: Upgrade, { upgrade, lines }: Advanced): void {
  if (upgrade === before) return;
  expect(upgrade.seq).to.equal(before.seq + 1);
  expect(upgrade.lines).to.equal(before.lines + lines.length);
  if (upgrade.attempt === before.attempt) expect(upgrade.progress).to.be.at.least(before.progress);
  const [lowest, highest] = progressOf(upgrade.phase);
  expect(upgrade.progress, upgrade.phase).to.be.within(lowest, highest);
  if (stageOf(before.phase) === 'flashed') expect(['flashed', 'ended']).to.include(stageOf(upgrade.phase));
  if (isEnded(before)) {
    expect(upgrade.phase).to.equal(before.phase);
    expect(upgrade.progress).to.equal(before.progress);
    expect(lines).to.deep.equal([]);
  }
  expect(upgrade.fence).to.be.at.least(before.fence);
  const isWorkedOn = ['running', 'stopping'].includes(stageOf(upgrade.phase)) || upgrade.phase === 'verifying';
  if (isWorkedOn) expect(upgrade.lease).not.to.equal(null);
  if (stageOf(upgrade.phase) === 'waiting') expect(upgrade.lease).to.equal(null);
  expect(isCancellable(upgrade)).to.equal(['waiting', 'running'].includes(stageOf(upgrade.phase)));
  // Nobody waits for nothing: what nobody else has to release is due by itself.
  const isDirected = ['planned', 'paused', 'waiting-group', 'waiting-device'].includes(upgrade.phase);
  if (!isEnded(upgrade) && !isDirected) expect(dueOf(upgrade), upgrade.phase).not.to.equal(null);
  expect(Object.keys(PHASES)).to.include(upgrade.phase);
  expect(['in-progress', 'success', 'failed', 'aborted', 'cancelled']).to.include(statusOf(upgrade.phase));
}

/** An event, made for an upgrade: with its fence for the most part. */
function anyEvent(): fc.Arbitrary<(upgrade: Upgrade) => UpgradeEvent> {
  const directions = fc.constantFrom<UpgradeEvent>(
    { type: 'hold', phase: 'waiting-window', until: null },
    { type: 'release' },
    { type: 'release' },
    { type: 'pause' },
    { type: 'resume' },
    cancel,
    { type: 'dismiss', phase: 'superseded', line: 'gone' },
    claim,
    claim,
    claim,
    { type: 'lapse', holderIsDead: true },
    { type: 'lapse', holderIsDead: false },
    { type: 'expire' },
    { type: 'hasten' },
    { type: 'imageDeleted' },
  );
  const phases = ['identifying', 'checking', 'uploading', 'testing', 'rebooting', 'verifying'] as const;
  const ends = ['succeeded', 'not-needed', 'failed', 'rolled-back', 'precondition-failed'] as const;
  const reports = fc.tuple(fc.nat(9), fc.constantFrom(...phases), fc.constantFrom(...ends), fc.integer({ max: 130 }));
  return fc.oneof(
    { weight: 1, arbitrary: directions.map((event) => () => event) },
    {
      weight: 2,
      arbitrary: reports.map(([kind, phase, ended, progress]) => ({ fence: current }: Upgrade): UpgradeEvent => {
        const fence = progress % 10 === 0 ? current - 1 : current;
        const choices: readonly UpgradeEvent[] = [
          { type: 'step', fence, phase, progress },
          { type: 'step', fence, phase, progress, lines: ['a line'] },
          { type: 'flash', fence },
          { type: 'log', fence, lines: ['a', 'b'] },
          { type: 'fail', fence, cause: 'it broke' },
          { type: 'defer', fence, until: null },
          { type: 'lose', fence },
          { type: 'end', fence, phase: ended, lines: ['done'] },
          { type: 'stopped', fence },
        ];
        return choices[kind] ?? { type: 'flash', fence };
      }),
    },
  );
}
