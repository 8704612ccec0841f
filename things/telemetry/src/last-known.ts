import { isMembers } from '@thingwright/core';

/** What the properties of a Thing last were in a process before this one, by name. */
export type LastValues = ReadonlyMap<string, { readonly value: unknown }>;

/** What a device goes on from, so that nothing is told twice. Times are milliseconds since 1970. */
export interface LastKnown {
  readonly soc: number | undefined;
  readonly errorFlags: readonly string[];
  /** Since when its connection was closed, if it was. */
  readonly closedSince: number | undefined;
  readonly lastSeen: number | undefined;
}

/** Reads what is of use; what an older release may have kept in another shape is not. */
export function lastKnownOf(values: LastValues = new Map()): LastKnown {
  const soc = values.get('batterySoc')?.value;
  const flags: unknown = values.get('errorFlags')?.value;
  const connection = values.get('connection')?.value;
  const { state, since, lastSeen } = isMembers(connection) ? connection : {};
  return {
    soc: typeof soc === 'number' ? soc : undefined,
    errorFlags: Array.isArray(flags) ? flags.filter((flag) => typeof flag === 'string') : [],
    closedSince: state === 'CLOSED' ? timeOf(since) : undefined,
    lastSeen: timeOf(lastSeen),
  };
}

function timeOf(text: unknown): number | undefined {
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
