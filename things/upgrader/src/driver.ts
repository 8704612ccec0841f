import type { PhaseOf } from './phase.js';
import type { Upgrade, VerifiedFirmware } from './upgrade.js';

/** What a driver is to install. */
export interface DriverImage {
  readonly fileName: string;
  /** Bytes. */
  readonly size: number;
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
  readonly version: string;
  /** What the device says that it runs once it has that version, as its build says; null: unknown. */
  readonly os: string | null;
  readonly signature: { readonly keyID: string; readonly value: string } | null;
  /** Whether it was deleted after its device had been flashed: its name and its bytes are not known any more. */
  readonly isDeleted?: boolean;
  /** Gives its bytes from `start`, before `end`; default all. */
  read(range?: { readonly start?: number; readonly end?: number }): Promise<AsyncIterable<Uint8Array>>;
}

/** What a driver says and asks while it works on one upgrade; one driver at a time has it. */
export interface DriverRun {
  readonly upgrade: Upgrade;
  readonly image: DriverImage;
  /** The flags in their order, for example `['-c']`. */
  readonly flags: readonly string[];
  /** Fires when it is to stop: a cancel, a deadline, the lease is lost, the server closes. Never for a cancel after `flash`. */
  readonly signal: AbortSignal;
  /**
   * Tells where it is, with log lines if there are any; a checkpoint: resolves once that is kept.
   * @throws ThingError `aborted` if it is to stop.
   */
  step(
    phase: PhaseOf<'running'> | 'rebooting' | 'verifying',
    told?: { readonly progress?: number; readonly lines?: readonly string[] },
  ): Promise<void>;
  /** Tells percent of the same phase; kept soon, the latest of many. Never throws. */
  progress(percent: number): void;
  /** Appends to the log; kept soon, in order. Never throws. */
  log(line: string): void;
  /**
   * The last thing before the device is told to flash: resolves once the intent is kept, and no cancel can win any more.
   * @throws ThingError `aborted` if a cancel has won, or the lease is lost: the device must not be flashed; `conflict` if the maintenance
   * window is closed: the driver leaves the image where it is and ends with `deferred`.
   */
  flash(lines?: readonly string[]): Promise<void>;
}

/** How the work of a driver ended. `lines` are the last ones of the log. */
export type DriverResult = { readonly lines?: readonly string[] } & (
  | { readonly result: 'succeeded'; readonly verified?: VerifiedFirmware }
  /** The device had that firmware already. */
  | { readonly result: 'notNeeded'; readonly verified?: VerifiedFirmware }
  /** Another attempt may do better. Only before the point of no return. */
  | { readonly result: 'recoverable'; readonly cause: string }
  /** The device must not have that image, now: wrong identity, no memory, a test of the image. Nothing was flashed. */
  | { readonly result: 'unfit' }
  | { readonly result: 'failed' }
  /** Flashed, and the device runs something else: mostly it went back to what it had. */
  | { readonly result: 'rolledBack'; readonly verified?: VerifiedFirmware }
  /** Flashed, and it did not come back so far. */
  | { readonly result: 'unknown' }
  | { readonly result: 'deferred' }
  /** Stopped because of the signal; the device is as it was. */
  | { readonly result: 'stopped' }
);

/**
 * How devices of one kind are upgraded (reference, sections 7 and 7.4). A driver holds nothing between two calls, restores what it stopped on
 * every way out that does not flash, and returns within 10 s of its signal.
 */
export interface Driver {
  /** What {@link FleetDevice.driver} names. */
  readonly name: string;
  /** Which options it knows; null: it takes none. */
  readonly options: readonly string[] | null;
  /** How many it works on at once; null: no limit of its own. */
  readonly concurrency: number | null;
  /** Whether a device can be reached now; the engine waits for it else, if the upgrade is persistent. */
  isReachable(device: string): boolean;
  /** Upgrades a device, from the first step to its end. What it throws is `recoverable` before the flash, else `unknown`. */
  upgrade(run: DriverRun): Promise<DriverResult>;
  /**
   * Finds out what came of an upgrade that was flashed, with `verifying` as its phase: after a restart, or after `unknown`. Never
   * flashes. `unknown` if the device still cannot be reached.
   */
  verify(run: DriverRun): Promise<DriverResult>;
}
