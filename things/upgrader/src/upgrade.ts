import { type Phase, POINT_OF_NO_RETURN, stageOf } from './phase.js';
import type { UpgradeOptions } from './upgrade-options.js';

/** Who works on an upgrade, and until when nobody else may. */
export interface Lease {
  /** The worker: one run of one process. */
  readonly holder: string;
  /** Rises with every lease of that upgrade: what comes with a lower one is refused. */
  readonly fence: number;
  /** Milliseconds since 1970; prolonged as long as the worker lives. */
  readonly until: number;
}

/** What a device was found to run after it was flashed. */
export interface VerifiedFirmware {
  readonly version: string;
  /** Of the boot in which it was found; differs from that before the flash. */
  readonly bootID: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Who asked for what, which never changes. */
export interface UpgradeRequest {
  /** A UUIDv4 in lower case. */
  readonly id: string;
  /** The UUID of the device, and what people call it. */
  readonly device: string;
  readonly deviceName: string;
  /** That of the device: who may see the upgrade is asked of it. */
  readonly organization: string;
  /** `<category> v<version>: <label of the type>`. */
  readonly imageName: string | null;
  readonly build: string | null;
  /** What the device has to run in the end. */
  readonly version: string | null;
  /** Of the image, 64 hexadecimal digits in lower case. */
  readonly sha256: string | null;
  readonly campaign: string | null;
  /** Which group of its campaign, from 0; 0 without a campaign. */
  readonly group: number;
  /** Its place in the plan of its campaign, from 0: those before it begin first. */
  readonly place: number;
  readonly options: UpgradeOptions;
  /** Whether it waits for a device that cannot be reached. */
  readonly persistent: boolean;
  /** Nothing begins before that moment; milliseconds since 1970. */
  readonly notBefore: number | null;
  /** The id of the Principal, and the key by which the same request is known again. */
  readonly requestedBy: string;
  readonly clientKey: string | null;
  /** The upgrade that this one tries again. */
  readonly retryOf: string | null;
  /** Milliseconds since 1970. */
  readonly created: number;
}

/**
 * One upgrade of one device, as it is kept: plain data, changed by `advanceUpgrade` and by nothing else. Clients of the older wire call it an
 * operation. Times are milliseconds since 1970.
 */
export interface Upgrade extends UpgradeRequest {
  /** Null once the image is deleted. */
  readonly image: string | null;
  readonly phase: Phase;
  /** Since when it is in that phase. */
  readonly phaseSince: number;
  /** Integer, percent. At or after 65 the device is, or was, flashed. Never falls but with a new attempt. */
  readonly progress: number;
  /** How often somebody began to work on it. */
  readonly attempt: number;
  /** Failures that can be tried again, since it began or last waited for its device; once flashed, how often it could not be found. */
  readonly failures: number;
  /** How often it fell back to waiting for its device. */
  readonly retryCount: number;
  /** When it goes on by itself; null while somebody works on it, or has to say so. */
  readonly wakeAt: number | null;
  /** Where it goes on when it is resumed. */
  readonly pausedFrom: Phase | null;
  readonly cancelRequest: { readonly by: string; readonly at: number } | null;
  readonly lease: Lease | null;
  /** The last fence that was given out. */
  readonly fence: number;
  readonly verified: VerifiedFirmware | null;
  /** How many entries its log has. */
  readonly lines: number;
  /** Rises by one with every change. */
  readonly seq: number;
  readonly modified: number;
  readonly ended: number | null;
}

/** An upgrade as it begins: waiting, and nobody works on it. */
export const newUpgrade = (
  request: UpgradeRequest,
  image: string,
  phase: 'planned' | 'queued' | 'waiting-group',
): Upgrade => ({
  // Each by its name: a spread with so many members after it costs a hundred times as much.
  id: request.id,
  device: request.device,
  deviceName: request.deviceName,
  organization: request.organization,
  imageName: request.imageName,
  build: request.build,
  version: request.version,
  sha256: request.sha256,
  campaign: request.campaign,
  group: request.group,
  place: request.place,
  options: request.options,
  persistent: request.persistent,
  notBefore: request.notBefore,
  requestedBy: request.requestedBy,
  clientKey: request.clientKey,
  retryOf: request.retryOf,
  created: request.created,
  image,
  phase,
  phaseSince: request.created,
  progress: 0,
  attempt: 0,
  failures: 0,
  retryCount: 0,
  wakeAt: phase === 'queued' ? Math.max(request.created, request.notBefore ?? 0) : null,
  pausedFrom: null,
  cancelRequest: null,
  lease: null,
  fence: 0,
  verified: null,
  lines: 0,
  seq: 1,
  modified: request.created,
  ended: null,
});

/** Whether nothing can happen to it any more. */
export const isEnded = ({ phase }: Pick<Upgrade, 'phase'>): boolean => stageOf(phase) === 'ended';

/**
 * Whether its device is taken: at most one upgrade of a device may be so, which the record holds. One that ended while its driver
 * had not stopped keeps the device until that has, or until its lease is over.
 */
export const holdsDevice = (upgrade: Pick<Upgrade, 'phase' | 'lease'>): boolean =>
  !isEnded(upgrade) || upgrade.lease !== null;

/** Whether a cancel would be honoured. */
export const isCancellable = ({ phase, progress }: Pick<Upgrade, 'phase' | 'progress'>): boolean =>
  (stageOf(phase) === 'waiting' || stageOf(phase) === 'running') && progress < POINT_OF_NO_RETURN;

/** How long a phase may last, in milliseconds, until somebody has to look; absent: as long as it takes. */
export const PHASE_LIMITS: Readonly<Partial<Record<Phase, number>>> = {
  connecting: 300_000,
  identifying: 120_000,
  checking: 300_000,
  uploading: 1_500_000,
  testing: 300_000,
  cancelling: 60_000,
  flashing: 300_000,
  rebooting: 1_500_000,
  verifying: 900_000,
  'outcome-unknown': 1_500_000,
};

/**
 * How long somebody may work on an upgrade until its device is flashed, in milliseconds (reference, section 5.7). What was flashed is bound by
 * its phases: to give it up after an upload that took long would be to tell of a failure that is none.
 */
export const RUN_LIMIT = 1_500_000;

/**
 * The moment at which somebody has to look at an upgrade, in milliseconds since 1970: it is time to go on, its worker has lost
 * its lease, or its phase lasts too long. Null: something else has to happen first.
 */
export function dueOf(upgrade: Upgrade): number | null {
  const { phase, lease, wakeAt, phaseSince } = upgrade;
  const limit = PHASE_LIMITS[phase];
  if (lease !== null) return limit === undefined ? lease.until : Math.min(lease.until, phaseSince + limit);
  if (phase === 'outcome-unknown') return wakeAt ?? phaseSince;
  return phase === 'paused' ? null : wakeAt;
}
