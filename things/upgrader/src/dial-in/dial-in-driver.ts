import { ThingError } from '@thingwright/core';
import type { Timer, UpgradableState } from '@thingwright/device-link';
import type { Driver, DriverResult, DriverRun } from '../driver.js';
import type { Conversation, Heard, UpgradableLinks } from './upgradable-links.js';

/** How devices that dial in are upgraded. */
export interface DialInDriverOptions {
  readonly links: UpgradableLinks;
  readonly timer: Timer;
  /** Where the device of a run gets its image, a path of the server that it dials in to. */
  readonly pathOf: (run: DriverRun) => string;
  /** Lets the device of a run get its image, until that is called. */
  readonly offer: (run: DriverRun) => () => void;
  /** Milliseconds for which a device that went away in the middle is waited for. Default 120,000. */
  readonly absence?: number;
  readonly concurrency?: number | null;
  /** Default `dial-in`. */
  readonly name?: string;
}

const MESSAGES = {
  connected: 'Connection successful, starting upgrade...',
  identified: 'Device identity verified successfully',
  notNeeded: 'Firmware already upgraded previously. Identical checksum found in the filesystem, upgrade not needed.',
  checked: 'The device has the image, and it is what it should be.',
  flashing: 'Upgrade operation in progress...',
  waiting: 'The device is rebooting; waiting for it to dial in again.',
  completed: 'Upgrade completed successfully.',
} as const;

/** Progress of an upload: reference, section 5.2. */
const [UPLOAD_FROM, UPLOAD_TO] = [21, 60];
/** Milliseconds that a device has to say that it has stopped. */
const CANCEL_PATIENCE = 5000;
/** A device that was told so often to install, and does not, has lost the image. */
const TOLD_AT_MOST = 3;

/** Makes the driver of devices that dial in, pull their images, and tell after their reboot what came of them. */
export function dialInDriver(options: DialInDriverOptions): Driver {
  const { links, timer, pathOf, offer, absence = 120_000, concurrency = null, name = 'dial-in' } = options;

  const verifiedOf = ({ version, bootID }: UpgradableState) => ({ version, bootID, at: timer.now() });

  /** Works with a signal that fires with that of the run, or after so many milliseconds. */
  const within = async <T>(
    milliseconds: number,
    signal: AbortSignal | undefined,
    work: (limit: AbortSignal) => Promise<T>,
  ) => {
    const limit = new AbortController();
    const end = () => limit.abort();
    const stopTimer = timer.after(milliseconds, end);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted) end();
    try {
      return await work(limit.signal);
    } finally {
      stopTimer();
      signal?.removeEventListener('abort', end);
    }
  };

  const prepare = (run: DriverRun, talk: Conversation): boolean => {
    const { sha256, size, version, signature } = run.image;
    const manifest = { sha256, size, version };
    const order = { type: 'prepare', upgrade: run.upgrade.id, path: pathOf(run), manifest, signature } as const;
    return talk.say({ ...order, flags: run.flags });
  };

  /** It broke off: the device is waited for, and goes on where it was. */
  const returned = (run: DriverRun, talk: Conversation): Promise<boolean> =>
    within(absence, run.signal, async (limit) => {
      while (!talk.state) if ((await talk.hear(limit)) === undefined) return false;
      return prepare(run, talk);
    });

  /** Has the image got; undefined: it is there. */
  const fetchImage = async (run: DriverRun, talk: Conversation): Promise<DriverResult | undefined> => {
    if (!prepare(run, talk) && !(await returned(run, talk))) return lostBefore(run);
    for (;;) {
      const heard = await talk.hear(run.signal);
      if (heard === undefined) return { result: 'stopped' };
      if (heard.type === 'gone' && !(await returned(run, talk))) return lostBefore(run);
      const result = heardOf(run, heard, talk);
      if (result === 'prepared') return undefined;
      if (result) return result;
    }
  };

  const heardOf = (run: DriverRun, heard: Heard, talk: Conversation): DriverResult | 'prepared' | undefined => {
    if (!('upgrade' in heard) || heard.upgrade !== run.upgrade.id) return undefined;
    switch (heard.type) {
      case 'progress':
        run.progress(UPLOAD_FROM + Math.floor((heard.percent * (UPLOAD_TO - UPLOAD_FROM)) / 100));
        return undefined;
      case 'prepared':
        return 'prepared';
      case 'notNeeded': {
        const verified = talk.state ? { verified: verifiedOf(talk.state) } : {};
        return { result: 'notNeeded', lines: [MESSAGES.notNeeded], ...verified };
      }
      case 'refused':
        return heard.isRecoverable
          ? { result: 'recoverable', cause: heard.reason }
          : { result: 'unfit', lines: [heard.reason] };
      default:
        return undefined;
    }
  };

  const lostBefore = ({ signal }: DriverRun): DriverResult =>
    signal.aborted ? { result: 'stopped' } : { result: 'recoverable', cause: 'The device went away' };

  /** Has the device stop, if it is there. */
  const stop = async (run: DriverRun, talk: Conversation): Promise<DriverResult> => {
    if (talk.say({ type: 'cancel', upgrade: run.upgrade.id })) {
      await within(CANCEL_PATIENCE, undefined, async (limit) => {
        for (let heard = await talk.hear(limit); heard; heard = await talk.hear(limit)) {
          if (heard.type === 'gone' || heard.type === 'cancelled') return;
        }
      });
    }
    return { result: 'stopped' };
  };

  /** What a device came to that was told to install; undefined: it is not known yet. */
  const judge = (run: DriverRun, state: UpgradableState | undefined): DriverResult | undefined => {
    if (!state || state.installing === run.upgrade.id) return undefined;
    const verified = verifiedOf(state);
    const { last, sha256, version } = state;
    if (last?.upgrade === run.upgrade.id && last.outcome !== 'installed') {
      const lines = [last.reason ?? `The device runs ${version}.`];
      return last.outcome === 'failed' ? { result: 'failed', lines } : { result: 'rolledBack', verified, lines };
    }
    if (sha256 === run.image.sha256 || last?.upgrade === run.upgrade.id) {
      return { result: 'succeeded', verified, lines: [MESSAGES.completed] };
    }
    return undefined;
  };

  /**
   * Waits until the device says what came of it. `again` tells it again, if it dials in and has not heard of it; without that, it was not
   * flashed.
   */
  const outcome = async (run: DriverRun, talk: Conversation, again?: () => void): Promise<DriverResult> => {
    for (let told = 1; ; ) {
      const heard = await talk.hear(run.signal);
      if (heard === undefined) return { result: 'unknown' };
      if (heard.type === 'failed' && heard.upgrade === run.upgrade.id) {
        return { result: 'failed', lines: [heard.reason] };
      }
      if (heard.type !== 'state') continue;
      const result = judge(run, heard);
      if (result) return confirmed(run, result);
      if (heard.installing !== null) continue;
      if (!again || told++ === TOLD_AT_MOST) return notFlashed(heard);
      again();
    }
  };

  const notFlashed = ({ version }: UpgradableState): DriverResult => ({
    result: 'failed',
    lines: [`The device runs ${version}, and was not flashed.`],
  });

  const confirmed = async (run: DriverRun, result: DriverResult): Promise<DriverResult> => {
    if (result.result !== 'failed') await run.step('verifying', { progress: 90 });
    return result;
  };

  const converse = async (run: DriverRun, talk: Conversation): Promise<DriverResult> => {
    if (!talk.state) return { result: 'recoverable', cause: 'Connection failed' };
    await run.step('identifying', { progress: 10, lines: [MESSAGES.connected] });
    await run.step('checking', { progress: 15, lines: [MESSAGES.identified] });
    await run.step('uploading', { progress: 20 });
    const failure = await fetchImage(run, talk);
    if (failure) return failure;
    await run.step('testing', { progress: 64, lines: [MESSAGES.checked] });
    await run.flash([MESSAGES.flashing]);
    // Nothing that was said before is an answer to it.
    const install = () => void talk.say({ type: 'install', upgrade: run.upgrade.id });
    install();
    await run.step('rebooting', { progress: 66, lines: [MESSAGES.waiting] });
    return outcome(run, talk, install);
  };

  return {
    name,
    options: ['c', 'n', 'o', 'u', 'p', 'k', 'F'],
    concurrency,
    isReachable: (device) => links.state(device) !== undefined,
    async upgrade(run) {
      const talk = links.talk(run.upgrade.device);
      const withdraw = offer(run);
      try {
        const result = await converse(run, talk);
        return result.result === 'stopped' ? await stop(run, talk) : result;
      } catch (error) {
        if (!(error instanceof ThingError)) throw error;
        if (error.code === 'conflict') return { result: 'deferred' };
        return await stop(run, talk);
      } finally {
        withdraw();
        talk.end();
      }
    },
    async verify(run) {
      const talk = links.talk(run.upgrade.device);
      try {
        const now = judge(run, talk.state);
        if (now) return await confirmed(run, now);
        if (talk.state && talk.state.installing === null) {
          return notFlashed(talk.state);
        }
        return await outcome(run, talk);
      } finally {
        talk.end();
      }
    },
  };
}
