import { formatMilliseconds, type Now, state } from '@thingwright/core';
import { Subject } from 'rxjs';
import type { FoundPrinter } from './discovery/found-printer.js';

/** Why somebody else's claim to a UUID was refused. */
export type IdentityConflict = 'key' | 'address' | 'certificate';

/** What discovery tells of a printer: the properties that say who and where it is, and their events. */
export class PrinterFacts {
  readonly #now: Now;
  readonly #serial = state<string>();
  readonly #modelId = state<string>();
  readonly #firmwareVersion = state<string>();
  readonly #name = state<string>();
  readonly #ipAddress = state<string>();
  readonly #endpoint = state<string>();
  readonly #hasPassword = state<boolean>();
  readonly #discoveryVersion = state<1 | 2>();
  readonly #identityVerified = state<boolean>();
  readonly #contested = state(false);
  readonly #reachable = state(false);
  readonly #appeared = new Subject<{ at: string; ipAddress: string }>();
  readonly #disappeared = new Subject<{ at: string; lastSeen: string }>();
  readonly #metadataChanged = new Subject<{
    name: string;
    modelId: string;
    firmwareVersion: string;
    hasPassword: boolean;
    at: string;
  }>();
  readonly #identityConflict = new Subject<{ address: string; reason: IdentityConflict; at: string }>();
  #lastSeen: number | undefined;

  constructor(now: Now) {
    this.#now = now;
  }

  get properties() {
    return {
      serial: this.#serial.value,
      modelId: this.#modelId.value,
      firmwareVersion: this.#firmwareVersion.value,
      name: this.#name.value,
      ipAddress: this.#ipAddress.value,
      endpoint: this.#endpoint.value,
      hasPassword: this.#hasPassword.value,
      discoveryVersion: this.#discoveryVersion.value,
      identityVerified: this.#identityVerified.value,
      contested: this.#contested.value,
      reachable: this.#reachable.value,
      lastSeen: { read: () => (this.#lastSeen === undefined ? null : formatMilliseconds(this.#lastSeen)) },
    };
  }

  get events() {
    return {
      appeared: this.#appeared.asObservable(),
      disappeared: this.#disappeared.asObservable(),
      metadataChanged: this.#metadataChanged.asObservable(),
      identityConflict: this.#identityConflict.asObservable(),
    };
  }

  get isReachable(): boolean {
    return this.#reachable.get() ?? false;
  }

  get reachable() {
    return this.#reachable.value;
  }

  /** Discovery has heard of it. */
  heard(printer: FoundPrinter): void {
    const isThere = this.isReachable;
    this.#lastSeen = printer.lastSeen;
    const isChanged = this.#describe(printer);
    this.#serial.set(printer.serial);
    this.#ipAddress.set(printer.address);
    this.#endpoint.set(`${printer.address}:${printer.port}`);
    this.#discoveryVersion.set(printer.discoveryVersion);
    this.#identityVerified.set(printer.identityVerified);
    this.#contested.set(printer.isContested);
    this.#reachable.set(printer.isReachable);
    const at = formatMilliseconds(this.#now());
    if (!isThere && printer.isReachable) this.#appeared.next({ at, ipAddress: printer.address });
    if (isChanged) {
      const { name, model: modelId, firmware: firmwareVersion, hasPassword } = printer;
      this.#metadataChanged.next({ name, modelId, firmwareVersion, hasPassword, at });
    }
  }

  /** Takes the metadata over; gives whether it had other metadata before. */
  #describe({ name, model, firmware, hasPassword }: FoundPrinter): boolean {
    const before = this.#name.get();
    const isSame =
      before === name &&
      this.#modelId.get() === model &&
      this.#firmwareVersion.get() === firmware &&
      this.#hasPassword.get() === hasPassword;
    this.#name.set(name);
    this.#modelId.set(model);
    this.#firmwareVersion.set(firmware);
    this.#hasPassword.set(hasPassword);
    return before !== undefined && !isSame;
  }

  /** Nothing was heard of it for a while. */
  gone(): void {
    if (!this.isReachable) return;
    this.#reachable.set(false);
    const now = this.#now();
    this.#disappeared.next({ at: formatMilliseconds(now), lastSeen: formatMilliseconds(this.#lastSeen ?? now) });
  }

  /** Somebody else claims to be it. */
  conflict(address: string, reason: IdentityConflict): void {
    this.#contested.set(true);
    this.#identityConflict.next({ address, reason, at: formatMilliseconds(this.#now()) });
  }
}
