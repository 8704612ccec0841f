import type { Link } from '@thingwright/device-link';

/** With the frame that starts a scan and the one that cancels it, 16: more, and the first generation breaks off (B15). */
const BUDGET = 14;

/** What a device is answered: to the first generation, which does not read while it scans, sparingly. */
export class Answers {
  readonly #link: Link;
  #left = BUDGET;
  #toldPercent = 0;

  constructor(link: Link) {
    this.#link = link;
  }

  /** A scan begins, or ends. */
  reset(): void {
    this.#left = BUDGET;
    this.#toldPercent = 0;
  }

  /** Sends an answer; to a device that may not be reading, only so many. */
  say(text: string, isReading: boolean): void {
    if (!isReading && this.#left-- <= 0) return;
    this.#link.send(text);
  }

  /** Whether progress is worth an answer: one for every tenth. */
  isWorth(percent: number): boolean {
    if (percent < this.#toldPercent + 10) return false;
    this.#toldPercent = percent;
    return true;
  }
}
