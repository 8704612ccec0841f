import type { Schedule } from './schedule.js';

/** What to do about silence. */
export interface HeartbeatOptions {
  readonly schedule: Schedule;
  /** Asks the peer for a sign of life of any kind. */
  ask(): void;
  /** The peer is taken for dead. */
  giveUp(): void;
}

/** Silence is looked at this often (milliseconds): after one such time we ask, after three (75 s) we give up. */
const INTERVAL = 25_000;

/** Notices a peer that is gone without anybody telling. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #heard = false;
  #silences = 0;
  #cancel: () => void = () => {};

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(): void {
    this.#heard = true;
    this.#silences = 0;
    this.#next();
  }

  stop(): void {
    this.#cancel();
  }

  /** The peer gave a sign of life. */
  heard(): void {
    this.#heard = true;
  }

  #next(): void {
    this.#cancel = this.#options.schedule(() => this.#look(), INTERVAL);
  }

  #look(): void {
    this.#silences = this.#heard ? 0 : this.#silences + 1;
    this.#heard = false;
    if (this.#silences >= 3) {
      this.#options.giveUp();
      return;
    }
    if (this.#silences === 1) this.#options.ask();
    this.#next();
  }
}
