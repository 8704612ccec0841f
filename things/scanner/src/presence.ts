import { formatMilliseconds, type Now, type State, state } from '@thingwright/core';
import { Subject } from 'rxjs';
import type { Static } from 'typebox';
import type { Connection } from './scanner.model.js';
import type { DeviceStatus } from './wire/device-frame.js';
import type { Generation } from './wire/generation.js';

/** The value of the property `connection`. */
type ConnectionState = Static<typeof Connection>;

const AWAY: ConnectionState = {
  connected: false,
  registered: false,
  since: null,
  lastSeen: null,
  wire: 'unknown',
  closeCode: null,
};

/** Whether a device is there, and what it says of itself: two properties and three events. */
export class Presence {
  readonly #now: Now;
  readonly #status = state<DeviceStatus>('OFFLINE');
  readonly #connection: State<ConnectionState> = state(AWAY);
  readonly #statusChanged = new Subject<{ from: DeviceStatus; to: DeviceStatus; at: string; reason: string }>();
  readonly #connected = new Subject<{ at: string; wire: Generation }>();
  readonly #disconnected = new Subject<{ at: string; code: number; reason: string; clean: boolean }>();
  #stands: ConnectionState = AWAY;
  #seenAt: number | undefined;

  constructor(now: Now) {
    this.#now = now;
  }

  get statuses() {
    return this.#status.value;
  }

  get status(): DeviceStatus {
    return this.#status.get() ?? 'OFFLINE';
  }

  /** The property `connection`; a read is fresh. */
  get connection() {
    return { value: this.#connection.value, read: () => this.current() };
  }

  get events() {
    return {
      statusChanged: this.#statusChanged.asObservable(),
      connected: this.#connected.asObservable(),
      disconnected: this.#disconnected.asObservable(),
    };
  }

  current(): ConnectionState {
    return { ...this.#stands, lastSeen: this.#seenAt === undefined ? null : formatMilliseconds(this.#seenAt) };
  }

  get isRegistered(): boolean {
    return this.#stands.registered;
  }

  get wire(): Generation {
    return this.#stands.wire;
  }

  /** A link opened, possibly in place of another. */
  opened(): void {
    const { closeCode } = this.#stands;
    this.#set({
      connected: true,
      registered: false,
      since: formatMilliseconds(this.#now()),
      wire: 'unknown',
      closeCode,
    });
  }

  /** Something arrived. */
  heard(): void {
    this.#seenAt = this.#now();
  }

  /** A text frame arrived on a connection of that generation; `isFirst` tells of the connection. */
  speaks(wire: Generation, isFirst: boolean): void {
    if (wire !== this.#stands.wire) this.#set({ wire });
    if (isFirst) this.#connected.next({ at: formatMilliseconds(this.#now()), wire });
  }

  registered(): void {
    this.#set({ registered: true });
  }

  /** The device, or what became of its scan, says how it stands. */
  says(status: DeviceStatus, reason: string): void {
    const from = this.status;
    if (status === from) return;
    this.#status.set(status);
    this.#statusChanged.next({ from, to: status, at: formatMilliseconds(this.#now()), reason });
  }

  /** The link is gone, and no other took its place. */
  closed(code: number, reason: string): void {
    const isClean = this.status === 'OFFLINE' || code === 1000;
    this.#set({ connected: false, registered: false, since: formatMilliseconds(this.#now()), closeCode: code });
    this.says('OFFLINE', 'disconnected');
    this.#disconnected.next({ at: formatMilliseconds(this.#now()), code, reason, clean: isClean });
  }

  #set(change: Partial<ConnectionState>): void {
    this.#stands = { ...this.#stands, ...change };
    this.#connection.set(this.current());
  }
}
