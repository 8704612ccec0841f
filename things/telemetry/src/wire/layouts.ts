import type { Layout, Sample } from './layout.js';
import { learnLayout } from './learn-layout.js';

/** So many ways of writing are known at once: a fleet has a few releases of firmware, and some frames with a member more. */
const MOST = 8;
/** Frames that fit none, after which layouts that read nothing meanwhile go, and another one may be learnt. */
const PERIOD = 256;
/** Frames that are tried in a period: there are some that cannot be learnt. */
const TRIES = 2;

/**
 * The layouts of all devices of a kind, learnt from their frames, those that are used most first. What is compared in vain, and what learning
 * costs, is bounded by the number of frames that fit none, whoever sends them.
 */
export class Layouts {
  #layouts: Layout[] = [];
  #strangers = 0;
  /** In this period; at the begin as many as there is room for. */
  #tries = MOST;

  /** See {@link Layout.read}. */
  read(bytes: Buffer): Sample | undefined {
    for (let i = 0; i < this.#layouts.length; i++) {
      const sample = this.#layouts[i]?.read(bytes);
      if (!sample) continue;
      if (i > 0) this.#advance(i);
      return sample;
    }
    if (++this.#strangers === PERIOD) this.#beginPeriod();
    return undefined;
  }

  #advance(i: number): void {
    const [before, layout] = this.#layouts.slice(i - 1, i + 1);
    if (before && layout) this.#layouts.splice(i - 1, 2, layout, before);
  }

  #beginPeriod(): void {
    this.#strangers = 0;
    this.#layouts = this.#layouts.filter(({ hasRead }) => hasRead);
    for (const layout of this.#layouts) layout.hasRead = false;
    this.#tries = TRIES;
  }

  /** Takes note of a frame that none fits; see {@link learnLayout} for what it has to be. */
  learn(bytes: Buffer): void {
    if (this.#tries === 0 || this.#layouts.length === MOST) return;
    this.#tries--;
    const layout = learnLayout(bytes);
    if (layout) this.#layouts.push(layout);
  }
}
