/** How a device's connection really stands; what is shown of it is {@link SHOWN}. */
export type Phase =
  /** No link. */
  | 'away'
  /** A link, and no frame over it yet. */
  | 'connecting'
  /** Frames arrive. */
  | 'live'
  /** A frame is overdue. */
  | 'stale'
  /** A link, and no frame for so long that the device counts as offline. */
  | 'silent';

/** What happens to a connection. `quiet` and `silent`: nothing arrived for so long, see {@link patienceFor}. */
export type Happening = 'opened' | 'frame' | 'quiet' | 'silent' | 'closed';

/** The event that tells of a change. */
export type Announcement = 'connected' | 'disconnected' | 'stale' | 'recovered';

/** What follows from a happening. */
export interface Step {
  readonly phase: Phase;
  /** In this order. */
  readonly announce: readonly Announcement[];
}

const step = (phase: Phase, ...announce: Announcement[]): Step => ({ phase, announce });

/**
 * What follows from what, in every phase. A link that opens while there is one takes it over: the old connection ended, a new
 * one began.
 */
export const STEPS: Readonly<Record<Phase, Readonly<Record<Happening, Step>>>> = {
  away: {
    opened: step('connecting', 'connected'),
    frame: step('away'),
    quiet: step('away'),
    silent: step('away'),
    closed: step('away'),
  },
  connecting: {
    opened: step('connecting', 'disconnected', 'connected'),
    frame: step('live'),
    quiet: step('connecting'),
    silent: step('silent', 'disconnected'),
    closed: step('away', 'disconnected'),
  },
  live: {
    opened: step('connecting', 'disconnected', 'connected'),
    frame: step('live'),
    quiet: step('stale', 'stale'),
    silent: step('silent', 'stale', 'disconnected'),
    closed: step('away', 'disconnected'),
  },
  stale: {
    opened: step('connecting', 'disconnected', 'connected'),
    frame: step('live', 'recovered'),
    quiet: step('stale'),
    silent: step('silent', 'disconnected'),
    closed: step('away', 'disconnected'),
  },
  silent: {
    opened: step('connecting', 'connected'),
    frame: step('live', 'connected'),
    quiet: step('silent'),
    silent: step('silent'),
    closed: step('away'),
  },
};

/** The state of each phase in the property `connection`. */
export const SHOWN = {
  away: 'CLOSED',
  connecting: 'CONNECTING',
  live: 'OPEN',
  stale: 'OPEN',
  silent: 'CLOSED',
} as const;

/** Milliseconds without a frame after which a device is stale, and after which it is offline. */
export interface Patience {
  readonly quiet: number;
  readonly silent: number;
}

/** The least that a device is granted, in milliseconds: nobody that was heard since then needs a closer look. */
export const LEAST_PATIENCE = 3000;
const MOST_PATIENCE = 60_000;

/** Three times the device's own median period, within limits; of a device that is not known yet the least. */
export function patienceFor(medianPeriod: number | undefined): Patience {
  const quiet = Math.min(Math.max(3 * (medianPeriod ?? 0), LEAST_PATIENCE), MOST_PATIENCE);
  return { quiet, silent: 3 * quiet };
}
