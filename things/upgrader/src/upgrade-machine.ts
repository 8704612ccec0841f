import { formatMilliseconds } from '@thingwright/core';
import { type Phase, POINT_OF_NO_RETURN, stageOf, statusOf } from './phase.js';
import { settleProgress } from './progress.js';
import { persistentDelay, type RetryPolicy, retryDelay } from './retry-policy.js';
import type { Upgrade } from './upgrade.js';
import type { Direction, Report, UpgradeEvent } from './upgrade-event.js';
import { latestWake, windowWake } from './wake-limit.js';

/** What came of an event. The same upgrade as before: nothing is to be kept nor told. */
export interface Advanced {
  readonly upgrade: Upgrade;
  /** New entries of its log, to be appended. */
  readonly lines: readonly string[];
}

/** Why an event changes nothing. */
export interface Refused {
  /** In the words of the reference where it has some. */
  readonly refused: string;
}

/** What besides the event decides. */
export interface Circumstances {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** From 0 up to 1. */
  readonly random: number;
  readonly policy: RetryPolicy;
}

type Outcome = Advanced | Refused;

/** What clients are told of a device that was flashed and did not come back (reference, section 7). */
const GIVING_UP = 'Giving up, device not reachable anymore after upgrade';

/** Tells whether an event was refused. */
export const isRefused = (outcome: Advanced | Refused): outcome is Refused => 'refused' in outcome;

/**
 * What becomes of an upgrade by an event, or why it stays as it is. Pure: whoever keeps upgrades compares `seq`, sets, appends the
 * lines, and begins again if somebody else was faster. A cancel and the flash exclude each other: the one that is kept first wins.
 */
export function advanceUpgrade(upgrade: Upgrade, event: UpgradeEvent, at: Circumstances): Outcome {
  return 'fence' in event ? report(upgrade, event, at) : direct(upgrade, event, at);
}

type Change = Partial<Omit<Upgrade, 'id' | 'seq' | 'modified' | 'lines'>>;

function changed(upgrade: Upgrade, change: Change, { now }: Circumstances, lines: readonly string[] = []): Advanced {
  const phase = change.phase ?? upgrade.phase;
  const isOver = stageOf(phase) === 'ended';
  return {
    upgrade: {
      ...upgrade,
      ...(phase === upgrade.phase ? {} : { phaseSince: now }),
      ...(isOver ? { lease: null, wakeAt: null, pausedFrom: null, ended: upgrade.ended ?? now } : {}),
      ...change,
      progress: settleProgress(phase, change.progress ?? upgrade.progress),
      lines: upgrade.lines + lines.length,
      seq: upgrade.seq + 1,
      modified: Math.max(now, upgrade.modified),
    },
    lines,
  };
}

const refuse = (refused: string): Refused => ({ refused });
const unchanged = (upgrade: Upgrade): Advanced => ({ upgrade, lines: [] });
const misplaced = ({ phase }: Upgrade, what: string): Refused =>
  refuse(`An upgrade that is ${phase} cannot be ${what}`);

function direct(upgrade: Upgrade, event: Direction, at: Circumstances): Outcome {
  const isWaiting = stageOf(upgrade.phase) === 'waiting';
  switch (event.type) {
    case 'cancel':
      return cancel(upgrade, event.by, at);
    case 'hold':
      if (!isWaiting || upgrade.phase === 'paused') return misplaced(upgrade, 'held');
      return changed(upgrade, { phase: event.phase, wakeAt: wakeOf(event, at) }, at);
    case 'release':
      if (!isWaiting || upgrade.phase === 'paused') return misplaced(upgrade, 'released');
      return upgrade.phase === 'queued' ? unchanged(upgrade) : released(upgrade, at);
    case 'pause':
      if (upgrade.phase === 'paused') return unchanged(upgrade);
      if (!isWaiting) return misplaced(upgrade, 'paused');
      return changed(upgrade, { phase: 'paused', pausedFrom: upgrade.phase }, at);
    case 'resume':
      if (upgrade.phase !== 'paused') return misplaced(upgrade, 'resumed');
      return changed(upgrade, { phase: upgrade.pausedFrom ?? 'queued', pausedFrom: null }, at);
    case 'dismiss':
      if (!isWaiting) return misplaced(upgrade, 'dismissed');
      return changed(upgrade, ended(event.phase), at, [event.line]);
    case 'claim':
      return claim(upgrade, event, at);
    case 'lapse':
      return lapse(upgrade, event.holderIsDead, at);
    case 'expire':
      return expire(upgrade, at);
    case 'hasten':
      return hasten(upgrade, at);
    case 'imageDeleted':
      return imageDeleted(upgrade, at);
  }
}

const wakeOf = ({ phase, until }: Direction & { type: 'hold' }, { now }: Circumstances): number | null =>
  phase === 'waiting-window' ? windowWake(until, now) : until;

/** Success is 100 percent; everything else stays where it was. */
const ended = (phase: Phase): Change => (statusOf(phase) === 'success' ? { phase, progress: 100 } : { phase });

function cancel(upgrade: Upgrade, by: string, at: Circumstances): Outcome {
  const cancelRequest = { by, at: at.now };
  const lines = ['Upgrade operation has been cancelled by user'];
  switch (stageOf(upgrade.phase)) {
    case 'waiting':
      return changed(upgrade, { phase: 'cancelled', cancelRequest }, at, lines);
    case 'running':
      return changed(upgrade, { phase: 'cancelling', cancelRequest }, at, lines);
    case 'stopping':
      return unchanged(upgrade);
    case 'flashed':
      return refuse('Cannot cancel upgrade: firmware reflashing has already started');
    case 'ended':
      return refuse(`Cannot cancel operation with status: ${statusOf(upgrade.phase)}`);
  }
}

function released(upgrade: Upgrade, at: Circumstances): Advanced {
  const wasAway = upgrade.phase === 'waiting-device' && upgrade.retryCount > 0;
  return changed(
    upgrade,
    { phase: 'queued', wakeAt: Math.max(at.now, upgrade.notBefore ?? 0) },
    at,
    wasAway ? [`Persistent retry #${upgrade.retryCount} starting.`] : [],
  );
}

function claim(upgrade: Upgrade, { holder, until }: Direction & { type: 'claim' }, at: Circumstances): Outcome {
  const fence = upgrade.fence + 1;
  const lease = { holder, fence, until };
  if (upgrade.lease !== null) return misplaced(upgrade, 'claimed: somebody works on it');
  if (upgrade.phase === 'outcome-unknown') {
    return changed(upgrade, { phase: 'verifying', wakeAt: null, fence, lease }, at);
  }
  if (upgrade.phase !== 'queued') return misplaced(upgrade, 'claimed');
  if (upgrade.notBefore !== null && upgrade.notBefore > at.now) return misplaced(upgrade, 'claimed yet');
  const attempt = upgrade.attempt + 1;
  // `changed` takes the progress as it is told: a new attempt begins at 0.
  return changed(upgrade, { phase: 'connecting', progress: 0, attempt, wakeAt: null, fence, lease }, at);
}

function lapse(upgrade: Upgrade, holderIsDead: boolean, at: Circumstances): Outcome {
  const { lease } = upgrade;
  if (lease === null) return unchanged(upgrade);
  if (!holderIsDead && lease.until > at.now) return refuse('The lease of its worker is not over');
  switch (stageOf(upgrade.phase)) {
    case 'running':
      return retry(upgrade, 'the server stopped working on it', at);
    case 'stopping':
      return changed(upgrade, { phase: 'cancelled' }, at);
    case 'flashed':
      return changed(upgrade, { phase: 'outcome-unknown', lease: null }, at);
    default:
      return changed(upgrade, { lease: null }, at);
  }
}

function expire(upgrade: Upgrade, at: Circumstances): Outcome {
  switch (stageOf(upgrade.phase)) {
    case 'running':
      // Its driver may still be at it: the device stays taken until it says that it has stopped, or its lease is over.
      return changed(upgrade, { phase: 'failed', lease: upgrade.lease }, at, ['Operation timed out.']);
    case 'stopping':
      return changed(upgrade, { phase: 'cancelled', lease: upgrade.lease }, at, [
        'The device did not confirm in time that the upgrade was stopped; nothing was flashed.',
      ]);
    case 'flashed':
      return changed(upgrade, { phase: 'failed', lease: upgrade.lease }, at, [GIVING_UP]);
    default:
      return misplaced(upgrade, 'timed out');
  }
}

function hasten(upgrade: Upgrade, at: Circumstances): Outcome {
  const wakeAt = latestWake(upgrade, at);
  return upgrade.wakeAt !== null && upgrade.wakeAt > wakeAt ? changed(upgrade, { wakeAt }, at) : unchanged(upgrade);
}

function imageDeleted(upgrade: Upgrade, at: Circumstances): Outcome {
  if (stageOf(upgrade.phase) === 'waiting') {
    // Also where it was deleted during an attempt after which the upgrade waits again.
    return changed(upgrade, { image: null, phase: 'precondition-failed' }, at, [
      'The image was deleted before the upgrade began.',
    ]);
  }
  return upgrade.image === null ? unchanged(upgrade) : changed(upgrade, { image: null }, at);
}

function retry(upgrade: Upgrade, cause: string, at: Circumstances): Advanced {
  const { now, random, policy } = at;
  const failures = upgrade.failures + 1;
  const notice = `Detected a recoverable failure: ${cause}.\n\nThe upgrade operation will be retried soon.`;
  if (failures <= policy.retries) {
    const wakeAt = now + retryDelay(policy, failures, random);
    return changed(upgrade, { phase: 'waiting-retry', failures, wakeAt, lease: null }, at, [notice]);
  }
  if (!upgrade.persistent) {
    return changed(upgrade, { phase: 'failed', failures }, at, [`Max retries exceeded. Upgrade failed: ${cause}.`]);
  }
  const retryCount = upgrade.retryCount + 1;
  const wakeAt = now + persistentDelay(policy, retryCount, random);
  return changed(upgrade, { phase: 'waiting-device', failures: 0, retryCount, wakeAt, lease: null }, at, [
    `All immediate retries exhausted: ${cause}. Scheduled persistent retry #${retryCount} at ${formatMilliseconds(wakeAt)}.`,
  ]);
}

/** It is looked for again after a while, as often as an attempt is tried again; then it is given up. */
function lose(upgrade: Upgrade, lines: readonly string[] = [], at: Circumstances): Advanced {
  const { now, random, policy } = at;
  const failures = upgrade.failures + 1;
  if (failures > policy.retries) return changed(upgrade, { phase: 'failed', failures }, at, [...lines, GIVING_UP]);
  const wakeAt = now + retryDelay(policy, failures, random);
  return changed(upgrade, { phase: 'outcome-unknown', failures, wakeAt, lease: null }, at, lines);
}

const RUNNING_ORDER: readonly Phase[] = ['connecting', 'identifying', 'checking', 'uploading', 'testing'];
const FLASHED_ORDER: readonly Phase[] = ['flashing', 'rebooting', 'verifying'];

function report(upgrade: Upgrade, event: Report, at: Circumstances): Outcome {
  if (upgrade.lease?.fence !== event.fence) return refuse('The lease of this worker is over');
  const stage = stageOf(upgrade.phase);
  if (stage === 'ended') return afterwards(upgrade, event, at);
  if (stage === 'stopping') return stopping(upgrade, event, at);
  switch (event.type) {
    case 'step':
      return step(upgrade, event, at);
    case 'flash':
      if (stage !== 'running') return misplaced(upgrade, 'flashed');
      return changed(upgrade, { phase: 'flashing', progress: POINT_OF_NO_RETURN, failures: 0 }, at, event.lines);
    case 'log':
      return event.lines.length === 0 ? unchanged(upgrade) : changed(upgrade, {}, at, event.lines);
    case 'fail':
      return stage === 'running' ? retry(upgrade, event.cause, at) : misplaced(upgrade, 'tried again');
    case 'defer':
      if (stage !== 'running') return misplaced(upgrade, 'put off');
      return changed(upgrade, { phase: 'waiting-window', wakeAt: windowWake(event.until, at.now), lease: null }, at);
    case 'lose':
      if (stage !== 'flashed') return misplaced(upgrade, 'of unknown outcome');
      return lose(upgrade, event.lines, at);
    case 'end':
      return end(upgrade, event, at);
    case 'stopped':
      return stage === 'running' ? retry(upgrade, 'the upgrade was interrupted', at) : misplaced(upgrade, 'stopped');
  }
}

function step(upgrade: Upgrade, { phase, progress, lines }: Report & { type: 'step' }, at: Circumstances): Outcome {
  const order = stageOf(upgrade.phase) === 'running' ? RUNNING_ORDER : FLASHED_ORDER;
  if (order.indexOf(phase) < order.indexOf(upgrade.phase)) return misplaced(upgrade, phase);
  const settled = settleProgress(phase, upgrade.progress, progress);
  const isSame = phase === upgrade.phase && settled === upgrade.progress && !lines?.length;
  return isSame ? unchanged(upgrade) : changed(upgrade, { phase, progress: settled }, at, lines);
}

function end(upgrade: Upgrade, { phase, lines, verified }: Report & { type: 'end' }, at: Circumstances): Outcome {
  const needsFlash = phase === 'succeeded' || phase === 'rolled-back';
  const isFlashed = stageOf(upgrade.phase) === 'flashed';
  if (phase !== 'failed' && needsFlash !== isFlashed) return misplaced(upgrade, phase);
  return changed(upgrade, { ...ended(phase), ...(verified ? { verified } : {}) }, at, lines);
}

/** Whatever a driver says that was asked to stop: once it has stopped, the upgrade is cancelled. */
function stopping(upgrade: Upgrade, event: Report, at: Circumstances): Outcome {
  switch (event.type) {
    case 'log':
      return event.lines.length === 0 ? unchanged(upgrade) : changed(upgrade, {}, at, event.lines);
    case 'stopped':
      return changed(upgrade, { phase: 'cancelled' }, at, event.lines);
    case 'end':
      return changed(upgrade, { phase: 'cancelled' }, at, event.lines);
    case 'fail':
      return changed(upgrade, { phase: 'cancelled' }, at, [`Stopped: ${event.cause}.`]);
    case 'defer':
      return changed(upgrade, { phase: 'cancelled' }, at);
    default:
      return refuse('The upgrade is being cancelled');
  }
}

/** It ended by a time limit, and its driver has stopped now: the device is free. */
function afterwards(upgrade: Upgrade, event: Report, at: Circumstances): Outcome {
  const hasStopped = event.type === 'stopped' || event.type === 'end' || event.type === 'fail';
  return hasStopped ? changed(upgrade, { lease: null }, at) : refuse('The upgrade has ended');
}
