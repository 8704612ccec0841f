import type { Now } from '@thingwright/core';

/** When two parties that displace each other are held apart. */
export interface TakeOverOptions {
  /** So many take-overs between different peers within the time, and the incumbent stays. Default 3. */
  readonly limit?: number;
  /** Milliseconds. Default 60,000. */
  readonly within?: number;
}

/** Who displaces whom: peers are IP addresses. */
export interface TakeOver {
  readonly name: string;
  readonly incumbent: string;
  readonly newcomer: string;
}

/** Tells a device that reconnects from two parties that use one identity. */
export interface TakeOverGuard {
  /** Whether the newcomer may displace the incumbent; a peer may always displace itself. */
  allows(takeOver: TakeOver): boolean;
  /** Notes that it did. */
  record(takeOver: TakeOver): void;
}

/** How many names are kept before those without a recent take-over are cleared away. */
const CROWD = 1000;

/** Makes a TakeOverGuard that has seen nothing yet. */
export function createTakeOverGuard(options: TakeOverOptions, now: Now): TakeOverGuard {
  const { limit = 3, within = 60_000 } = options;
  const times = new Map<string, readonly number[]>();

  const recent = (name: string): readonly number[] => {
    const earliest = now() - within;
    return (times.get(name) ?? []).filter((time) => time > earliest);
  };

  return {
    allows: ({ name, incumbent, newcomer }) => incumbent === newcomer || recent(name).length < limit,
    record({ name, incumbent, newcomer }) {
      if (incumbent === newcomer) return;
      times.set(name, [...recent(name), now()]);
      if (times.size <= CROWD) return;
      for (const known of times.keys()) if (recent(known).length === 0) times.delete(known);
    },
  };
}
