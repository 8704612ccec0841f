import type { DeviceIdentity } from './device-identities.js';
import type { Line } from './line.js';

/** A device's live connection: authenticated, at most one a device. What comes in goes to the door's receiver. */
export interface Link {
  /** The device's local name. */
  readonly name: string;
  /** The id of its Thing, a URI. */
  readonly id: string;
  /** The IP address that it dials in from. */
  readonly peer: string;
  /** Whether frames can be sent. */
  readonly isOpen: boolean;
  /** Sends a text message; false, and nothing is sent, if the link is not open or the device takes nothing any more. */
  send(text: string): boolean;
  /** Takes nothing more in, so that the device has to wait, until it is resumed; no sign of life is missed meanwhile. */
  pause(): void;
  /** Ends a pause; does nothing if there is none. */
  resume(): void;
  /** Begins to close with a code of RFC 6455, section 7.4. */
  close(code: number, reason: string): void;
}

/** A Link over a door's line. */
export class DeviceLink implements Link {
  readonly #device: DeviceIdentity;
  readonly #line: Line;

  constructor(device: DeviceIdentity, line: Line) {
    this.#device = device;
    this.#line = line;
  }

  get name(): string {
    return this.#device.name;
  }

  get id(): string {
    return this.#device.id;
  }

  get credential(): string | undefined {
    return this.#device.credential;
  }

  get peer(): string {
    return this.#line.peer;
  }

  get isOpen(): boolean {
    return this.#line.isOpen;
  }

  send(text: string): boolean {
    return this.#line.send(text);
  }

  pause(): void {
    this.#line.pause();
  }

  resume(): void {
    this.#line.resume();
  }

  close(code: number, reason: string): void {
    this.#line.close(code, reason);
  }
}
