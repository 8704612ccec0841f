import { formatMilliseconds } from '@thingwright/core';
import type { Upgrade } from '../upgrade.js';
import type { LogTail } from '../upgrade-table.js';
import type { Dialect } from './dialect.js';
import { type WireOperation, wireOperation } from './operation.js';

/** An operation as it is: endpoint 1, and endpoint 3 in the dialect `upstream` (reference, sections 1.4 and 1.6). */
export interface OperationUpdate {
  readonly type: 'operation_update';
  readonly operation: WireOperation;
  /** Not in the dialect `documented`. */
  readonly timestamp?: string;
}

/** The envelope of endpoint 3 as documented. */
export interface DeviceEnvelope {
  readonly model: 'UpgradeOperation';
  readonly data: { readonly type: 'operation_update'; readonly operation: WireOperation };
}

/** What endpoint 3 sends: flat, in an envelope, or both at once (reference, section 3.2). */
export type DeviceMessage = OperationUpdate | DeviceEnvelope | (OperationUpdate & DeviceEnvelope);

/** How an upgrade is told of. */
export interface Telling {
  readonly dialect: Dialect;
  /** Milliseconds since 1970: when the message is made. */
  readonly now: number;
}

const flat = (operation: WireOperation, { dialect, now }: Telling): OperationUpdate => ({
  type: 'operation_update',
  operation,
  ...(dialect === 'documented' ? {} : { timestamp: formatMilliseconds(now) }),
});

/** The message of endpoint 1, for a state that was asked for as well as for a change. */
export const operationUpdate = (upgrade: Upgrade, log: LogTail | undefined, telling: Telling): OperationUpdate =>
  flat(wireOperation(upgrade, log, telling), telling);

/** The message of endpoint 3, for a state that was asked for as well as for a change. */
export function deviceMessage(upgrade: Upgrade, log: LogTail | undefined, telling: Telling): DeviceMessage {
  const { dialect } = telling;
  const operation = wireOperation(upgrade, log, { dialect, hasCreated: dialect !== 'documented' });
  if (dialect === 'upstream') return flat(operation, telling);
  const envelope: DeviceEnvelope = { model: 'UpgradeOperation', data: { type: 'operation_update', operation } };
  return dialect === 'documented' ? envelope : { ...envelope, ...flat(operation, telling) };
}
