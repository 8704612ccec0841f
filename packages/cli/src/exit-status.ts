/** What the command's exit status says. */
export const EXIT = {
  done: 0,
  /** Refused, or failed. */
  failed: 1,
  /** Wrong usage, a wrong option, or a port that is taken. */
  usage: 2,
  /** The data folder is in use by another gateway. */
  inUse: 3,
} as const;

/** One of {@link EXIT}. */
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];
