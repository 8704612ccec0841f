import { formatMilliseconds, type Now, state } from '@thingwright/core';
import { Subject } from 'rxjs';
import type { Static } from 'typebox';
import { groupOf, hasTask, isEnded, labelOf, type StatusGroup } from './status.js';
import type { Status } from './status.model.js';
import type { RobotReport } from './wire/robot-report.js';
import type { StatusBlock } from './wire/status-block.js';

/** Characters of the error in an announcement: what is longer was cut (reference, section 2.9). */
const ANNOUNCED_LABEL = 32;
/** Milliseconds after a report for which announcements, which nobody signs, do not say how the printer stands. */
const REPORT_HOLDS = 5000;
/** How heads of the wire are called when there is none. */
const HEADLESS = 'N/A';

/** How a printer stands, by its own reports where there are any, else by its announcements: properties and events. */
export class PrinterStatus {
  readonly #now: Now;
  readonly #status = state<Static<typeof Status>>();
  readonly #progress = state<number | null>();
  readonly #headModule = state<string>();
  readonly #errorLabel = state<string>();
  readonly #filamentRunout = state<boolean>();
  readonly #statusChanged = new Subject<{ from: StatusGroup; to: StatusGroup; id: number; at: string }>();
  readonly #error = new Subject<{ label: string; at: string }>();
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(now: Now) {
    this.#now = now;
  }

  get properties() {
    return {
      status: this.#status.value,
      progress: this.#progress.value,
      headModule: this.#headModule.value,
      errorLabel: this.#errorLabel.value,
      filamentRunout: this.#filamentRunout.value,
    };
  }

  get events() {
    return { statusChanged: this.#statusChanged.asObservable(), error: this.#error.asObservable() };
  }

  /** The value of the property `status`, if anything is known. */
  get current(): Static<typeof Status> | undefined {
    return this.#status.get();
  }

  /** The present id; undefined if nothing is known. */
  get id(): number | undefined {
    return this.#status.get()?.id;
  }

  /** 0 to 1. */
  get progress(): number | null {
    return this.#progress.get() ?? null;
  }

  /** An announcement says how it stands; gives whether it counts, because no report has said it better. */
  announced({ id, progress, headModule, errorLabel }: StatusBlock, steady: number): boolean {
    this.#headModule.set(headModule === '' ? HEADLESS : headModule);
    if (steady - this.#reportedAt < REPORT_HOLDS) return false;
    this.#stands(id, progress);
    const known = this.#errorLabel.get() ?? '';
    if (errorLabel === '' || known.slice(0, ANNOUNCED_LABEL) !== errorLabel) this.#fails(errorLabel);
    return true;
  }

  /** The robot says how it stands. */
  reported({ id, progress, error }: RobotReport, steady: number): void {
    this.#reportedAt = steady;
    this.#stands(id, progress);
    this.#fails(error.join(' '));
  }

  #stands(id: number, progress: number | null): void {
    const from = this.#status.get();
    const group = groupOf(id);
    const timestamp = formatMilliseconds(this.#now());
    this.#status.set({ id, label: labelOf(id), group, timestamp });
    // Without a task the number is one of before.
    this.#progress.set(hasTask(id) || isEnded(id) ? progress : null);
    if (from && from.group !== group) this.#statusChanged.next({ from: from.group, to: group, id, at: timestamp });
  }

  #fails(label: string): void {
    const isNews = label !== '' && label !== this.#errorLabel.get();
    this.#errorLabel.set(label);
    this.#filamentRunout.set(label.split(' ').includes('FILAMENT_RUNOUT'));
    if (isNews) this.#error.next({ label, at: formatMilliseconds(this.#now()) });
  }
}
