import type { Now } from '@thingwright/core';
import { Subject } from 'rxjs';
import type { LastKnown } from './last-known.js';
import type { Payload } from './wire/frame-decoder.js';
import type { Suspect } from './wire/suspects.js';

const SUSPECT_TOLD_EVERY = 60_000;
/** Percent above the threshold at which a battery counts as no longer low: the measured value jitters. */
const HYSTERESIS = 1;
const NO_FLAGS: readonly string[] = [];

/** Watches what a device reports, and tells when something begins or ends. */
export class Alarms {
  readonly #now: Now;
  readonly #errorRaised = new Subject<{ flags: string[] }>();
  readonly #errorCleared = new Subject<void>();
  readonly #lowBattery = new Subject<{ soc: number }>();
  readonly #suspectValue = new Subject<Suspect>();
  #flags = NO_FLAGS;
  #isLow = false;
  #threshold = 0;
  /** By path, when it was last told; made by the first suspect value. */
  #told: Map<string, number> | undefined;

  constructor(now: Now) {
    this.#now = now;
  }

  /** The events of the Thing. */
  get events() {
    return {
      errorRaised: this.#errorRaised.asObservable(),
      errorCleared: this.#errorCleared.asObservable(),
      lowBattery: this.#lowBattery.asObservable(),
      suspectValue: this.#suspectValue.asObservable(),
    };
  }

  /** Goes on from what was told in a process before this one. */
  resume({ soc, errorFlags }: LastKnown, threshold: number): void {
    this.#threshold = threshold;
    this.#isLow = soc !== undefined && soc < threshold;
    this.#flags = errorFlags;
  }

  /** Looks at a frame. */
  watch({ battery, system_status }: Payload): void {
    this.#watchCharge(battery.soc);
    const flags = system_status?.error_flags;
    if (flags !== undefined && (flags.length > 0 || this.#flags.length > 0)) this.#watchErrors(flags);
  }

  /** Has a battery count as low below another state of charge; `soc` is the present one, as far as it is known. */
  setThreshold(threshold: number, soc: number | undefined): void {
    this.#threshold = threshold;
    if (soc !== undefined) this.#watchCharge(soc);
  }

  #watchCharge(soc: number): void {
    const threshold = this.#threshold;
    if (soc < threshold) {
      if (this.#isLow) return;
      this.#isLow = true;
      this.#lowBattery.next({ soc });
    } else if (this.#isLow && soc >= threshold + HYSTERESIS) {
      this.#isLow = false;
    }
  }

  #watchErrors(flags: readonly string[]): void {
    const raised = flags.filter((flag) => !this.#flags.includes(flag));
    this.#flags = flags;
    if (raised.length > 0) this.#errorRaised.next({ flags: raised });
    if (flags.length === 0) this.#errorCleared.next();
  }

  /** Tells of suspect values, each path at most once a minute. */
  suspect(suspects: readonly Suspect[]): void {
    this.#told ??= new Map();
    for (const suspect of suspects) {
      const last = this.#told.get(suspect.path);
      if (last !== undefined && this.#now() - last < SUSPECT_TOLD_EVERY) continue;
      this.#told.set(suspect.path, this.#now());
      this.#suspectValue.next(suspect);
    }
  }
}
