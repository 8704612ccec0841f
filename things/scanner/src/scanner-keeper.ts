import type { Log } from '@thingwright/core';
import type { ScannerMemory, ScannerRecord } from './scanner-record.js';

/** What is kept, and where. */
export interface KeeperParts {
  readonly memory: ScannerMemory;
  /** The id of the Thing, and how the device is called in logs. */
  readonly id: string;
  readonly name: string;
  readonly log: Log;
  /** How things stand. */
  record(): ScannerRecord;
}

/** Keeps how a scanner stands: one write after the other, and however many changes come meanwhile, one more. */
export class ScannerKeeper {
  readonly #parts: KeeperParts;
  /** The write that runs, or ran last; never rejects. */
  #running: Promise<void> = Promise.resolve();
  /** The write that has not begun: it takes in what changes until then. */
  #next: Promise<void> | undefined;
  #isClosed = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Resolves when what stands now outlives a crash. */
  keep(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    if (this.#next) return this.#next;
    const { memory, id, name, log, record } = this.#parts;
    const kept = this.#running.then(() => {
      this.#next = undefined;
      return this.#isClosed ? undefined : memory.keep(id, record());
    });
    this.#next = kept;
    this.#running = kept.catch((error: unknown) => {
      log.error({ device: name, error }, 'how a scanner stands could not be kept');
    });
    return kept;
  }

  /** The device is gone, or another stands in its place: nothing is kept any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Keeps it without being waited for. */
  note(): void {
    void this.keep().catch(() => {
      // It was logged; the next change tries again.
    });
  }
}
