import type { Layout, Sample } from './layout.js';
import { learnLayout } from './learn-layout.js';

/** So many ways of writing are known at once: a fleet has a few releases of firmware, and some frames with a member more. */
const MOST = 8;
/** Of the frames that fit none, so many first ones are learnt, and then one of so many, in place of one that is used little. */
const FIRST = MOST;
const RARELY = 64;

/** The layouts of all devices of a kind: learnt from their frames, those that are used most first. */
export class Layouts {
  readonly #layouts: Layout[] = [];
  #strangers = 0;

  /** See {@link Layout.read}. */
  read(bytes: Buffer): Sample | undefined {
    for (let i = 0; i < this.#layouts.length; i++) {
      const sample = this.#layouts[i]?.read(bytes);
      if (!sample) continue;
      if (i > 0) this.#advance(i);
      return sample;
    }
    return undefined;
  }

  #advance(i: number): void {
    const [before, layout] = this.#layouts.slice(i - 1, i + 1);
    if (before && layout) this.#layouts.splice(i - 1, 2, layout, before);
  }

  /** Takes note of a frame that none fits; see {@link learnLayout} for what it has to be. */
  learn(bytes: Buffer): void {
    if (++this.#strangers > FIRST && this.#strangers % RARELY !== 0) return;
    const layout = learnLayout(bytes);
    if (!layout) return;
    if (this.#layouts.length === MOST) this.#layouts.pop();
    this.#layouts.push(layout);
  }
}
