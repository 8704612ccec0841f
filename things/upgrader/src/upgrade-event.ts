import type { PhaseOf } from './phase.js';
import type { VerifiedFirmware } from './upgrade.js';

/** What those say who direct upgrades: people, campaigns, the scheduler. */
export type Direction =
  /** It shall wait; `until` is when it goes on by itself, in milliseconds since 1970. */
  | {
      readonly type: 'hold';
      readonly phase: 'waiting-group' | 'waiting-window' | 'waiting-device';
      readonly until: number | null;
    }
  /** What it waited for is there. */
  | { readonly type: 'release' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'cancel'; readonly by: string }
  /** It ends before anybody worked on it. */
  | {
      readonly type: 'dismiss';
      readonly phase: 'skipped' | 'precondition-failed' | 'superseded' | 'not-needed' | 'failed';
      readonly line: string;
    }
  /** A worker takes it, until that moment: one that is queued, or one whose outcome is unknown, to find it out. */
  | { readonly type: 'claim'; readonly holder: string; readonly until: number }
  /** Its lease is over, or its worker known to be dead: somebody else decides how it goes on (reference, section 5.6). */
  | { readonly type: 'lapse'; readonly holderIsDead: boolean }
  /** Its phase lasted too long. */
  | { readonly type: 'expire' }
  /** The clock was set back, perhaps: it sleeps no longer than it would if it began to do so now. */
  | { readonly type: 'hasten' }
  /** Its image was deleted. */
  | { readonly type: 'imageDeleted' };

/** What the worker says that holds the lease with that fence. */
export type Report = { readonly fence: number } & (
  | {
      readonly type: 'step';
      readonly phase: PhaseOf<'running'> | 'rebooting' | 'verifying';
      /** Percent; lower than before counts as the one before, and what a phase may not have as the nearest that it may. */
      readonly progress?: number;
      readonly lines?: readonly string[];
    }
  /** The intent to flash: once it is kept, no cancel can win any more. */
  | { readonly type: 'flash'; readonly lines?: readonly string[] }
  | { readonly type: 'log'; readonly lines: readonly string[] }
  /** It failed in a way that can be tried again: nothing was flashed. */
  | { readonly type: 'fail'; readonly cause: string }
  /** All is prepared; the device may be flashed from that moment on. */
  | { readonly type: 'defer'; readonly until: number | null }
  /** The device was flashed, and nobody can say what came of it. */
  | { readonly type: 'lose'; readonly lines?: readonly string[] }
  | {
      readonly type: 'end';
      readonly phase: 'succeeded' | 'not-needed' | 'failed' | 'rolled-back' | 'precondition-failed';
      readonly lines: readonly string[];
      readonly verified?: VerifiedFirmware;
    }
  /** The driver has stopped, as it was asked to, and left the device as it was. */
  | { readonly type: 'stopped'; readonly lines?: readonly string[] }
);

/** What happens to an upgrade. */
export type UpgradeEvent = Direction | Report;
