import { sameValue } from '@thingwright/core';
import { type Line, textFrame } from '@thingwright/device-link';
import { payloadOf, type TelemetryFrame } from './readings.js';

interface Reader {
  readonly line: Line;
  /** Which change it was last sent; see `#change`. */
  change: number;
  /** When. */
  at: number;
  /** Since when it takes nothing; 0 if it does. */
  stuckSince: number;
}

const IGNORED = ['timestamp', 'seq', 'receivedAt'] as const;
const PACE = 1000;
const HEARTBEAT = 10_000;
const PATIENCE = 30_000;

/**
 * The readers of one device: each gets the latest payload at once, then changes, at most one a second, and a repeat every
 * 10 s (T14). A payload is encoded once for all. A reader that takes nothing gets the latest when it does again, and is
 * closed with 1013 if that lasts; no other waits for it.
 */
export class Broadcast {
  readonly #readers = new Map<Line, Reader>();
  #latest: TelemetryFrame | undefined;
  /** Counts the changes. */
  #change = 0;
  #frame: Buffer | undefined;

  /** `latest`: the frame that is known already. */
  constructor(latest?: TelemetryFrame) {
    this.#latest = latest;
  }

  /** How many read. */
  get size(): number {
    return this.#readers.size;
  }

  /** Takes in the next frame of the device. */
  offer(frame: TelemetryFrame, now: number): void {
    const before = this.#latest;
    this.#latest = frame;
    this.#frame = undefined;
    if (this.#readers.size === 0) return;
    if (before === undefined || !sameValue(before, frame, IGNORED)) {
      this.#change++;
      this.#send(now, false);
    }
  }

  /** Lets a reader in; it gets what is known. */
  add(line: Line, now: number): void {
    const reader = { line, change: this.#change, at: 0, stuckSince: 0 };
    this.#readers.set(line, reader);
    if (this.#latest) this.#sendTo(reader, this.#encoded(this.#latest), now);
  }

  /** Forgets a reader that is gone. */
  remove(line: Line): void {
    this.#readers.delete(line);
  }

  /** Sends what could not be sent before, and the heartbeat of a device that is connected. */
  sweep(now: number, isConnected: boolean): void {
    if (this.#readers.size > 0) this.#send(now, isConnected);
  }

  /** Closes all readers. */
  close(code: number, reason: string): void {
    for (const line of this.#readers.keys()) line.close(code, reason);
  }

  #send(now: number, withHeartbeat: boolean): void {
    const latest = this.#latest;
    if (latest === undefined) return;
    for (const reader of this.#readers.values()) {
      const quiet = now - reader.at;
      const isDue = reader.change === this.#change ? withHeartbeat && quiet >= HEARTBEAT : quiet >= PACE;
      if (isDue) this.#sendTo(reader, this.#encoded(latest), now);
    }
  }

  #encoded(latest: TelemetryFrame): Buffer {
    this.#frame ??= textFrame(JSON.stringify(payloadOf(latest)));
    return this.#frame;
  }

  #sendTo(reader: Reader, frame: Buffer, now: number): void {
    if (reader.line.write(frame)) {
      reader.change = this.#change;
      reader.at = now;
      reader.stuckSince = 0;
    } else if (reader.stuckSince === 0) {
      reader.stuckSince = now;
    } else if (now - reader.stuckSince >= PATIENCE) {
      reader.line.close(1013, 'too slow');
    }
  }
}
