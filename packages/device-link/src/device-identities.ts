import type { Observable } from 'rxjs';

/** A device that proved who it is. */
export interface DeviceIdentity {
  /** The id of its Thing, a URI. */
  readonly id: string;
  /** Its local name, unique now. */
  readonly name: string;
  /** Which of its credentials it showed; lets a {@link Revocation} end only the links of that one. */
  readonly credential?: string;
}

/** A credential that holds no longer, or a device that was removed. */
export interface Revocation {
  readonly name: string;
  /** Told to the device in its close frame: `rotated`, `removed`. */
  readonly reason: string;
  /** Ends only links that were opened with this credential; absent: all links of the device. */
  readonly credential?: string;
}

/** What a {@link Door} asks about devices; whoever provisions them has the answers. */
export interface DeviceIdentities {
  /**
   * The device of that name if the token is its own; undefined if there is none, or the token is wrong. Has to take the same
   * time for both. Throws, or rejects with, a ThingError `unavailable` when it cannot tell for the moment.
   */
  verify(name: string, token: string): DeviceIdentity | undefined | Promise<DeviceIdentity | undefined>;
  /**
   * Is told that somebody at that IP address showed a wrong token for that name, which may be anything, where nobody but devices
   * comes in; never throws.
   */
  failed?(name: string, peer: string): void;
  /** Credentials that were rotated away and devices that were removed, from now on. */
  readonly revocations: Observable<Revocation>;
}
