import type { Log } from '@thingwright/core';
import type { DeviceIdentities } from '@thingwright/device-link';
import type { Binding } from '@thingwright/listener';
import type { DeviceRecord, Results } from '@thingwright/store';
import type { Observable } from 'rxjs';
import type { TObject } from 'typebox';
import type { ExposureWithHistory } from './history/history-models.js';
import type { Printers } from './printers/printers.js';
import type { Upgrader } from './upgrader/upgrader.js';

/** What a kind of device needs of the gateway. */
export interface KindHost {
  /** Who the devices are that dial in. */
  readonly identities: DeviceIdentities;
  readonly log: Log;
  /** Puts into the audit that a device asked for what is not its own; `detail` says what. */
  trespassed(device: { readonly id: string; readonly name: string }, detail: string): void;
  /** Keeps what a device must remember beyond a restart; comes back in its record's `memory`. */
  remember(id: string, name: string, value: unknown): Promise<void>;
  /** Where what devices deliver is kept. */
  readonly results: Results;
  /** The device of that name. */
  deviceOf(name: string): { readonly id: string; readonly title: string } | undefined;
  /** What upgrades devices. */
  readonly upgrader: Pick<Upgrader, 'devices' | 'openWrt' | 'expose' | 'take'>;
  /** The printers of the LAN. */
  readonly printers: Printers;
  /** What the properties of the Thing with that id last were, in a process before this one. */
  lastValues(id: string): ReadonlyMap<string, { readonly value: unknown }>;
}

/** A kind of device at work: its doors, and the Things behind them. */
export interface OpenKind extends AsyncDisposable {
  /** Adds the doors. */
  readonly binding: Binding;
  /** The Thing of a device; it may say which of its properties have a history. */
  expose(device: DeviceRecord): ExposureWithHistory;
  /** Refuses, with a ThingError, settings that fit and yet will not do; asked before a device is provisioned. */
  check?(settings: Readonly<Record<string, unknown>>): Promise<void>;
  /** Takes what a device is from now on, while its Thing stays; absent: its Thing is opened anew. */
  take?(device: DeviceRecord): void;
  /** Lets go of a device that was removed. */
  forget?(name: string): void;
  /** Whether a device is dialled in, or was reached when it was called last. */
  isConnected(name: string): boolean;
  /** Emits whenever a device has dialled in or gone. */
  readonly changes: Observable<unknown>;
}

/** One entry of the table of kinds: all that the gateway has to know of a kind of device. */
export interface DeviceKind {
  /** Title of a device that is given none. */
  readonly title: string;
  /** What may be set of a device when it is provisioned, besides name and title. */
  readonly settings: TObject;
  /** What is shown to the device to be let in; kept encrypted. Absent: it is shown nothing. */
  readonly credentials?: TObject;
  /** The settings that say where they are shown: with another one of these they have to be given again. */
  readonly shownAt?: readonly string[];
  /** The declarations of its Models whose writing or invoking takes an admin of the organization. */
  readonly reserved?: readonly object[];
  open(host: KindHost): OpenKind;
}
