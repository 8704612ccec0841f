import type { Now } from '@thingwright/core';
import type { Presence } from './presence.js';
import type { TaskState } from './task-machine.js';

/** Milliseconds that a device has to say that it is free, once its scan is over. */
const PATIENCE = 5000;

/**
 * The time between the end of a scan and the moment at which its device is free: a device of the second generation fails a
 * scan that is started while the program of the one before still runs.
 */
export class WindingUp {
  readonly #presence: Presence;
  readonly #now: Now;
  /** The next scan, which waits. */
  #next: { readonly until: number; begin(): void } | undefined;
  /** Until when a device whose scan is over may be busy. */
  #busyUntil: number | undefined;

  constructor(presence: Presence, now: Now) {
    this.#presence = presence;
    this.#now = now;
  }

  /** Resolves when the device is free, or has had the time to be. */
  free(): Promise<void> {
    if (this.#presence.status !== 'BUSY') return Promise.resolve();
    return new Promise((begin) => {
      this.#next = { until: this.#now() + PATIENCE, begin };
    });
  }

  /** A device that does not say soon that it is free is taken for it; for one in ERROR, if its scan failed. */
  scanEnded({ failure, isResumed }: TaskState): void {
    if (this.#presence.status !== 'BUSY') return;
    if (failure) this.#presence.says('ERROR', failure.code);
    // One that came back in the middle of its scan has no word for it.
    else if (isResumed) this.#presence.says('ONLINE', 'finished');
    else this.#busyUntil = this.#now() + PATIENCE;
  }

  /** The clock was set by so many milliseconds. */
  clockSet(by: number): void {
    if (this.#busyUntil !== undefined) this.#busyUntil += by;
    if (this.#next) this.#next = { ...this.#next, until: this.#next.until + by };
  }

  sweep(now: number): void {
    if (this.#presence.status !== 'BUSY') {
      this.#busyUntil = undefined;
    } else if (this.#busyUntil !== undefined && now >= this.#busyUntil) {
      this.#busyUntil = undefined;
      this.#presence.says('ONLINE', 'finished');
    }
    const next = this.#next;
    if (!next || (this.#presence.status === 'BUSY' && now < next.until)) return;
    this.#next = undefined;
    next.begin();
  }
}
