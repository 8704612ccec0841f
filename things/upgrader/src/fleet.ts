import type { Observable } from 'rxjs';

/** What came of the attempts to log in to a device that is called by its address; times are milliseconds since 1970. */
export interface DeviceConnection {
  /** Whether the last one succeeded. */
  readonly isWorking: boolean;
  /** Why not; null if it did. */
  readonly failureReason: string | null;
  /** The first one of which this is so. */
  readonly since: number;
  readonly lastAttempt: number;
}

/** What is known of a device that can be upgraded. */
export interface FleetDevice {
  /** The UUID of its Thing, in lower case. */
  readonly id: string;
  /** Its local name, and what people call it. */
  readonly name: string;
  readonly title: string;
  readonly organization: string;
  /** What it says of itself; null: nothing yet. */
  readonly model: string | null;
  readonly os: string | null;
  readonly version: string | null;
  /** Ids. */
  readonly group: string | null;
  readonly location: string | null;
  readonly isActive: boolean;
  readonly isOnline: boolean;
  /** Null: nobody has tried so far, or it is one that dials in. */
  readonly connection: DeviceConnection | null;
  /** Which driver upgrades it; null: none does, so it cannot be upgraded. */
  readonly driver: string | null;
  /** Milliseconds since 1970. */
  readonly created: number;
}

/** What may be asked of the groups and locations of devices. */
export interface Place {
  readonly id: string;
  readonly name: string;
  readonly organization: string;
}

/** Who is there to be upgraded; whoever runs the devices tells. */
export interface Fleet {
  /** Undefined if there is none, or none any more. */
  get(id: string): FleetDevice | undefined;
  /** All of them, in any order. */
  list(): Iterable<FleetDevice>;
  /** Undefined if there is none. */
  group(id: string): Place | undefined;
  /** Undefined if there is none. */
  location(id: string): Place | undefined;
  /** The id of a device that came, went, or is not what it was. */
  readonly changes: Observable<string>;
}
