import { type CompileCheck, type Exposure, type Log, type Site, type SiteChange, silent } from '@thingwright/core';
import { type DeviceIdentities, systemTimer, type Timer } from '@thingwright/device-link';
import type { Binding, Listener } from '@thingwright/listener';
import { type Observable, Subject, type Subscription } from 'rxjs';
import { telemetry } from './telemetry.js';
import { type ProvisionedTelemetry, TelemetryDevice, type TelemetryHost } from './telemetry-device.js';
import { openTelemetryDoors, type TelemetryDoors } from './telemetry-doors.js';
import { rememberInProcess, type ThresholdMemory } from './threshold-memory.js';
import { createFrameDecoder } from './wire/frame-decoder.js';

/** What telemetry devices need of the program that serves them. */
export interface TelemetryKindOptions {
  /** Who the devices are that dial in. */
  readonly identities: DeviceIdentities;
  readonly compileCheck: CompileCheck;
  /** Default: remembered until the process ends. */
  readonly memory?: ThresholdMemory;
  readonly log?: Log;
  readonly timer?: Timer;
}

/** Telemetry devices at work: their doors, and the Things behind them. Disposing closes the doors; twice does no harm. */
export interface TelemetryKind extends AsyncDisposable {
  /** Adds the doors `/ws/device/:name` and `/ws/dashboard/:name`. */
  readonly binding: Binding;
  /** The Thing of a device, to be added to the Site under the device's name. It is forgotten when it is removed there. */
  expose(device: ProvisionedTelemetry): Exposure;
  /** Whether a device is dialled in and reports. */
  isConnected(name: string): boolean;
  /** Emits the name of a device that has dialled in or gone. */
  readonly changes: Observable<string>;
  /** Attempts at the doors that were refused so far. */
  readonly refused: number;
}

/** How often time is looked at, for all devices at once: the grain of stale, offline, commands and broadcasts. */
const SWEEP = 250;

/** Makes the kind `telemetry`. Nothing is open before its binding is. */
export function telemetryKind(options: TelemetryKindOptions): TelemetryKind {
  const { identities, compileCheck, memory = rememberInProcess(), log = silent, timer = systemTimer } = options;
  const host: TelemetryHost = { decode: createFrameDecoder(compileCheck), memory, log, now: () => timer.now() };
  const devices = new Map<string, { readonly device: TelemetryDevice; readonly presence: Subscription }>();
  const changes = new Subject<string>();
  let doors: TelemetryDoors | undefined;
  let removals: Subscription | undefined;
  let stopSweeping = (): void => {};

  const forget = (name: string): void => {
    const entry = devices.get(name);
    if (!entry) return;
    devices.delete(name);
    entry.device.close();
    entry.presence.unsubscribe();
  };

  const onSiteChange = ({ type, thing }: SiteChange): void => {
    if (type === 'removed' && devices.get(thing.name)?.device.id === thing.id) forget(thing.name);
  };

  const open = (site: Site, listener: Listener): void => {
    doors = openTelemetryDoors(site, listener, {
      identities,
      log,
      timer,
      deviceOf: (name) => devices.get(name)?.device,
    });
    removals = site.changes.subscribe(onSiteChange);
    stopSweeping = timer.every(SWEEP, () => {
      const now = timer.now();
      for (const { device } of devices.values()) device.sweep(now);
    });
  };

  return {
    binding: { open },
    expose(provisioned) {
      forget(provisioned.name);
      const device = new TelemetryDevice(provisioned, host);
      // The state of the connection changes before the events tell of it.
      const presence = device.presence.changes.subscribe(() => changes.next(device.name));
      devices.set(device.name, { device, presence });
      return telemetry(device);
    },
    isConnected: (name) => devices.get(name)?.device.presence.isThere ?? false,
    changes: changes.asObservable(),
    get refused() {
      return doors?.refused ?? 0;
    },
    async [Symbol.asyncDispose]() {
      stopSweeping();
      removals?.unsubscribe();
      await doors?.[Symbol.asyncDispose]();
      for (const { presence } of devices.values()) presence.unsubscribe();
      changes.complete();
    },
  };
}
