import type { Counts } from './tally.js';

/** A share of a group: in percent of its size, as a number of devices, or both. */
export interface Threshold {
  readonly percent?: number | undefined;
  readonly count?: number | undefined;
}

/** Whether more of a group went wrong than is allowed: either limit will do. None: any number may. */
export const isBreached = ({ percent, count }: Threshold, { errors, total }: Counts): boolean =>
  (count !== undefined && errors > count) || (percent !== undefined && errors * 100 > percent * total);

/** Whether enough of a group went well: both limits have to be met. None: all of it has to have ended, however. */
export function isReached({ percent, count }: Threshold, { success, completed, total }: Counts): boolean {
  if (percent === undefined && count === undefined) return completed === total;
  return (count === undefined || success >= Math.min(count, total)) && success * 100 >= (percent ?? 0) * total;
}
