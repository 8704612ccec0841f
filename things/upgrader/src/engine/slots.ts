/** What is limited: how many of the same key at once. */
export interface Share {
  readonly key: string;
  /** Null: no limit. */
  readonly limit: number | null;
}

/** How many are worked on at once: in all, of a campaign, of a group, by a driver. */
export interface Slots {
  /** Takes one of each, or none; false if one of them is full. */
  take(shares: readonly Share[]): boolean;
  /** Gives back what was taken. */
  give(shares: readonly Share[]): void;
}

/** Makes Slots that are all free. */
export function createSlots(): Slots {
  const taken = new Map<string, number>();
  const count = (key: string) => taken.get(key) ?? 0;
  return {
    take(shares) {
      if (shares.some(({ key, limit }) => limit !== null && count(key) >= limit)) return false;
      for (const { key } of shares) taken.set(key, count(key) + 1);
      return true;
    },
    give(shares) {
      for (const { key } of shares) {
        const left = count(key) - 1;
        if (left > 0) taken.set(key, left);
        else taken.delete(key);
      }
    },
  };
}
