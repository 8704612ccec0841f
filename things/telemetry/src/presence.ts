import { formatMilliseconds, type Now, type State, state } from '@thingwright/core';
import { type Observable, Subject } from 'rxjs';
import type { Static } from 'typebox';
import {
  type Announcement,
  type Happening,
  LEAST_PATIENCE,
  type Phase,
  patienceFor,
  SHOWN,
  STEPS,
} from './connection-state.js';
import type { LastKnown } from './last-known.js';
import { MedianPeriod } from './median-period.js';
import type { Connection } from './telemetry.model.js';

/** The value of the property `connection`. */
export type ConnectionState = Static<typeof Connection>;

/** With which close code, and why, a connection ended. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** Whether a device is there: driven by its link, its frames and the sweep, told by a property and four events. */
export class Presence {
  // Those first that each frame needs: they lie side by side.
  #phase: Phase = 'away';
  /** Whether a frame has come over the present link: only then is there a period to the next. */
  #hasFrame = false;
  #lastSeen = 0;
  #lastTimestamp = '';
  readonly #period = new MedianPeriod();
  readonly #now: Now;
  readonly #state: State<ConnectionState>;
  readonly #connected = new Subject<void>();
  readonly #disconnected = new Subject<Ending>();
  readonly #stale = new Subject<{ lastSeen: string }>();
  readonly #recovered = new Subject<void>();
  #since: number;
  /** When the link opened. */
  #opened = 0;
  #rejected = 0;

  constructor(now: Now, { closedSince, lastSeen = 0 }: Partial<LastKnown> = {}) {
    this.#now = now;
    this.#since = closedSince ?? now();
    this.#lastSeen = lastSeen;
    this.#state = state(this.current());
  }

  /** Whether the device can be reached: it has a link and is not silent. */
  get isThere(): boolean {
    return this.#phase !== 'away' && this.#phase !== 'silent';
  }

  /** The property's changes: state and staleness. */
  get changes(): Observable<ConnectionState> {
    return this.#state.value;
  }

  /** The four events. */
  get events() {
    return {
      connected: this.#connected.asObservable(),
      disconnected: this.#disconnected.asObservable(),
      stale: this.#stale.asObservable(),
      recovered: this.#recovered.asObservable(),
    };
  }

  /** The property as it stands at this moment. */
  current(): ConnectionState {
    const period = this.#period.value;
    return {
      state: SHOWN[this.#phase],
      since: formatMilliseconds(this.#since),
      ...(this.#lastSeen === 0 ? {} : { lastSeen: formatMilliseconds(this.#lastSeen) }),
      stale: this.#lastSeen !== 0 && this.#phase !== 'live' && this.#phase !== 'connecting',
      ...(period ? { rateHz: Math.round(100_000 / period) / 100 } : {}),
      ...this.#skew(),
      rejected: this.#rejected,
    };
  }

  #skew(): { readonly skewSeconds?: number } {
    const skew = Date.parse(this.#lastTimestamp) - this.#lastSeen;
    return Number.isFinite(skew) ? { skewSeconds: skew / 1000 } : {};
  }

  /** A link opened; an earlier one it replaced. */
  opened(): void {
    this.#opened = this.#now();
    this.#hasFrame = false;
    this.#happens('opened', { code: 1008, reason: 'replaced' });
  }

  /** A valid frame arrived. `timestamp` is the device's own time. */
  frame(now: number, timestamp: string): void {
    if (this.#hasFrame) this.#period.add(now - this.#lastSeen);
    this.#hasFrame = true;
    this.#lastSeen = now;
    this.#lastTimestamp = timestamp;
    if (this.#phase !== 'live') this.#happens('frame');
  }

  /** A frame was dropped; gives how many were so far. */
  rejected(): number {
    return ++this.#rejected;
  }

  /** The link is gone. */
  closed(ending: Ending): void {
    this.#happens('closed', ending);
  }

  /** Looks whether a frame is overdue; called for every device a few times a second. */
  sweep(now: number): void {
    const quiet = now - (this.#hasFrame ? this.#lastSeen : this.#opened);
    if (quiet < LEAST_PATIENCE || !this.isThere) return;
    const patience = patienceFor(this.#period.value);
    if (quiet >= patience.silent) this.#happens('silent', { code: 1006, reason: 'silent' });
    else if (quiet >= patience.quiet) this.#happens('quiet');
  }

  #happens(happening: Happening, ending: Ending = { code: 1006, reason: '' }): void {
    const { phase, announce } = STEPS[this.#phase][happening];
    if (phase === this.#phase && announce.length === 0) return;
    if (SHOWN[phase] !== SHOWN[this.#phase] || announce.includes('connected')) this.#since = this.#now();
    this.#phase = phase;
    this.#state.set(this.current());
    for (const announcement of announce) this.#announce(announcement, ending);
  }

  #announce(announcement: Announcement, ending: Ending): void {
    switch (announcement) {
      case 'connected':
        this.#connected.next();
        break;
      case 'disconnected':
        this.#disconnected.next(ending);
        break;
      case 'stale':
        this.#stale.next({ lastSeen: formatMilliseconds(this.#lastSeen) });
        break;
      case 'recovered':
        this.#recovered.next();
    }
  }
}
