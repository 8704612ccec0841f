import { formatMilliseconds } from '@thingwright/core';
import { type NextUpgradeStatus, nextStatusOf, type Phase, statusOf } from '../phase.js';
import type { Upgrade } from '../upgrade.js';
import type { LogTail } from '../upgrade-table.js';
import { type Dialect, isExtended } from './dialect.js';

/** Our own keys, beside the documented ones (reference, section 2). */
export interface OperationExtension {
  readonly phase: Phase;
  /** Rises by one with every change of that operation. */
  readonly seq: number;
  readonly retry_count: number;
  readonly next_retry_at: string | null;
  readonly is_persistent: boolean;
}

/** An upgrade in the words of the wire. */
export interface WireOperation extends Partial<OperationExtension> {
  readonly id: string;
  readonly device: string;
  readonly image: string | null;
  readonly status: NextUpgradeStatus;
  readonly log: string;
  readonly progress: number;
  readonly modified: string;
  /** Left out on endpoint 3 in the dialect `documented`. */
  readonly created?: string;
}

/** How many characters of a log leave with a message; the whole is there over HTTP and as an action. `all`: of all logs of a campaign together. */
export const LOG_LIMITS = { operation: 65_536, batch: 2048, all: 4_194_304 } as const;

/** How many characters each log has that leaves with those of a campaign of so many operations, where one alone has `most`. */
export const logShare = (most: number, operations: number): number =>
  Math.min(most, Math.floor(LOG_LIMITS.all / Math.max(1, operations)));

/** The status of a phase as a dialect has it. */
export const wireStatus = (phase: Phase, dialect: Dialect): NextUpgradeStatus =>
  dialect === 'next' ? nextStatusOf(phase) : statusOf(phase);

/** The text of a log; of one that is cut, the first line says so. */
const logText = ({ text, omitted }: LogTail): string =>
  omitted === 0 ? text : `[... ${omitted} earlier ${omitted === 1 ? 'entry' : 'entries'} not shown]\n${text}`;

/** When a retry is due; null where nothing is. */
const nextRetryOf = ({ phase, wakeAt }: Upgrade): string | null =>
  (phase === 'waiting-retry' || phase === 'waiting-device') && wakeAt !== null ? formatMilliseconds(wakeAt) : null;

/** The keys that we add. */
export const extensionOf = (upgrade: Upgrade): OperationExtension => ({
  phase: upgrade.phase,
  seq: upgrade.seq,
  retry_count: upgrade.retryCount,
  next_retry_at: nextRetryOf(upgrade),
  is_persistent: upgrade.persistent,
});

/** An upgrade as an operation object (reference, sections 1.4 and 1.11). */
export function wireOperation(
  upgrade: Upgrade,
  log: LogTail | undefined,
  { dialect, hasCreated = true }: { readonly dialect: Dialect; readonly hasCreated?: boolean },
): WireOperation {
  const { id, device, image, phase, progress, modified, created } = upgrade;
  return {
    id,
    device,
    image,
    status: wireStatus(phase, dialect),
    log: log ? logText(log) : '',
    progress,
    modified: formatMilliseconds(modified),
    ...(hasCreated ? { created: formatMilliseconds(created) } : {}),
    ...(isExtended(dialect) ? extensionOf(upgrade) : {}),
  };
}
