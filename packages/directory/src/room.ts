/** How much a directory holds. */
export interface RoomLimits {
  /** Registrations. */
  readonly registrations: number;
  /** Bytes of their JSON, together. */
  readonly bytes: number;
  /** The part of both that one organization may have: more than 0, at most 1. */
  readonly share: number;
}

/** What one registration takes up. */
export interface Taken {
  readonly organization: string;
  readonly bytes: number;
}

/** Whose room does not suffice: that of the one organization, or that of all. */
export type Lack = 'organization' | 'directory';

interface Sum {
  readonly count: number;
  readonly bytes: number;
}

/** What the registrations of a directory take up, all together and of each organization. */
export class Room {
  readonly #limits: RoomLimits;
  readonly #ofOne: Sum;
  readonly #taken = new Map<string, Sum>();
  #all: Sum = NOTHING;

  constructor(limits: RoomLimits) {
    const { registrations, bytes, share } = limits;
    this.#limits = limits;
    this.#ofOne = { count: partOf(registrations, share), bytes: partOf(bytes, share) };
  }

  /** Takes up room for one, or gives up that of another one, or both. */
  exchange(before: Taken | undefined, after: Taken | undefined): void {
    for (const [taken, sign] of [
      [before, -1],
      [after, 1],
    ] as const) {
      if (!taken) continue;
      const { organization, bytes } = taken;
      const change = { count: sign, bytes: sign * bytes };
      this.#all = plus(this.#all, change);
      const sum = plus(this.#taken.get(organization) ?? NOTHING, change);
      if (sum.count > 0) this.#taken.set(organization, sum);
      else this.#taken.delete(organization);
    }
  }

  /** Whose room does not suffice to have one in the place of another one. What takes no more than before is always let in. */
  lackFor(after: Taken, before: Taken | undefined): Lack | undefined {
    const more = { count: before ? 0 : 1, bytes: after.bytes - (before?.bytes ?? 0) };
    const { registrations, bytes } = this.#limits;
    if (isBeyond(this.#taken.get(after.organization) ?? NOTHING, more, this.#ofOne)) return 'organization';
    return isBeyond(this.#all, more, { count: registrations, bytes }) ? 'directory' : undefined;
  }

  /** What to tell whoever finds no room. */
  detailOf(lack: Lack, { organization }: Taken): string {
    if (lack === 'organization') {
      const { count, bytes } = this.#ofOne;
      return `The organization '${organization}' has filled its part of the directory: ${count} Things in ${bytes} bytes at most`;
    }
    const { registrations, bytes } = this.#limits;
    return `The directory is full: it holds ${registrations} Things in ${bytes} bytes at most`;
  }
}

const NOTHING: Sum = { count: 0, bytes: 0 };

/** The part of a limit that one organization may have; one at least. */
export const partOf = (limit: number, share: number): number => Math.max(1, Math.floor(limit * share));

const plus = (a: Sum, b: Sum): Sum => ({ count: a.count + b.count, bytes: a.bytes + b.bytes });

const isBeyond = (sum: Sum, more: Sum, most: Sum): boolean =>
  (more.count > 0 && sum.count + more.count > most.count) || (more.bytes > 0 && sum.bytes + more.bytes > most.bytes);
