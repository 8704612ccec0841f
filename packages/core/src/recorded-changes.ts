import type { Origin } from './change.js';
import type { Changes } from './memory.js';
import type { NotificationStream } from './notification-stream.js';

/** Changes with what their Thing needs to record them. */
export interface RecordedChanges extends Changes {
  /** The value of the i-th change, of whatever kind. */
  valueAt(i: number): unknown;
  /** The same as JSON, if somebody has written it. */
  jsonAt(i: number): string | undefined;
  originAt(i: number): Origin | undefined;
  /** What tells of changes of that property alone, if anybody ever observed it. */
  streamAt(i: number): NotificationStream | undefined;
}
