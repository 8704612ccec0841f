import type { AdoptedThings } from './adopted-things.js';
import type { DeviceRegistry } from './device-registry.js';

/** What a gateway must remember. Disposing closes it; a second dispose does nothing. */
export interface Store extends AsyncDisposable {
  /** The id of the gateway's own Thing, made when the store was; `urn:uuid:` and a UUIDv4. */
  readonly gatewayID: string;
  readonly devices: DeviceRegistry;
  readonly adoptedThings: AdoptedThings;
  /** Resolves if the store can be written. @throws ThingError `unavailable` if not. */
  check(): Promise<void>;
}
