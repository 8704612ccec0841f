import type { Line } from '@thingwright/device-link';
import { type ObjectKey, readClientMessage } from '../wire/client-message.js';
import type { Dialect } from '../wire/dialect.js';

/** What a connection is about, and how it is spoken to. */
export interface ReaderParts {
  readonly line: Line;
  readonly key: ObjectKey;
  /** Of the operation, the campaign or the device. */
  readonly id: string;
  readonly dialect: Dialect;
  /** Whether its permission still holds. */
  readonly mayStay: () => boolean;
}

/** Messages between two sweeps: more is a flood. */
const MOST_MESSAGES = 100;
/** Milliseconds for which a reader may take nothing. */
const PATIENCE = 30_000;

/** One connection of any of the three endpoints. What it cannot take now is kept by whoever writes to it, as the newest state. */
export class DoorReader {
  readonly id: string;
  readonly dialect: Dialect;
  readonly #line: Line;
  readonly #key: ObjectKey;
  readonly #mayStay: () => boolean;
  #received = 0;
  #stuckSince = 0;

  constructor({ line, key, id, dialect, mayStay }: ReaderParts) {
    this.#line = line;
    this.#key = key;
    this.id = id;
    this.dialect = dialect;
    this.#mayStay = mayStay;
  }

  /** Whether a message asks for the present state. Closes the connection for what nobody sends who means well (reference, section 1.3). */
  asksForState(data: Buffer, isBinary: boolean): boolean | 'unknown' {
    if (isBinary) {
      this.close(1003, 'text only');
      return false;
    }
    if (++this.#received > MOST_MESSAGES) {
      this.close(1008, 'too many messages');
      return false;
    }
    const message = readClientMessage(data.toString(), { key: this.#key, id: this.id });
    return message === 'unknown' ? message : message === 'state';
  }

  /** Writes one frame or several; false if it cannot take them now. */
  write(frames: Buffer, now: number): boolean {
    if (this.#line.write(frames)) {
      this.#stuckSince = 0;
      return true;
    }
    if (this.#stuckSince === 0) this.#stuckSince = now;
    else if (now - this.#stuckSince >= PATIENCE) this.close(1013, 'too slow');
    return false;
  }

  /** Counts anew what it sends. */
  forgive(): void {
    this.#received = 0;
  }

  /** Closes the connection of somebody who may not have it any more. */
  checkPermission(): void {
    if (!this.#mayStay()) this.close(1008, 'not permitted any more');
  }

  close(code: number, reason: string): void {
    this.#line.close(code, reason);
  }
}
