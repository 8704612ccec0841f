import { ThingError } from '@thingwright/core';
import type { Stop, Timer } from '@thingwright/device-link';
import type { Driver, DriverResult, DriverRun } from '../driver.js';

/** What goes wrong with a simulated device, once for each time that it is named. */
export const SIMULATED_FAULTS = [
  /** Cannot be connected to. */
  'unreachable',
  /** Says that it is another device. */
  'identity',
  /** Has no room for the image. */
  'memory',
  /** The upload breaks off. */
  'upload',
  /** The test of the image fails. */
  'test',
  /** The driver throws, without a word why. */
  'throw',
  /** Never answers, until it is told to stop. */
  'hang',
  /** Refuses the image when it is to flash. */
  'flash',
  /** Flashes, and does not come back. */
  'lost',
  /** Flashes, and comes back with what it had. */
  'rollback',
] as const;

/** One of {@link SIMULATED_FAULTS}. */
export type SimulatedFault = (typeof SIMULATED_FAULTS)[number];

/** A device that is a few variables. */
export interface SimulatedDevice {
  version: string;
  /** Of the image that it runs; null: unknown. */
  sha256: string | null;
  boot: number;
  /** How often it was flashed. */
  flashes: number;
  isReachable: boolean;
  /** What goes wrong next. */
  readonly faults: SimulatedFault[];
}

/** Devices by their ids; a driver makes those that it is asked for and that are not there. */
export type SimulatedDevices = Map<string, SimulatedDevice>;

/** A device as it begins. */
export const simulatedDevice = (more: Partial<SimulatedDevice> = {}): SimulatedDevice => ({
  version: '1.0',
  sha256: null,
  boot: 1,
  flashes: 0,
  isReachable: true,
  faults: [],
  ...more,
});

/** How a simulated driver works. */
export interface SimulatedDriverOptions {
  readonly devices: SimulatedDevices;
  readonly timer: Timer;
  /** Milliseconds that each step of an upgrade takes. Default 0: no time passes. */
  readonly stepTime?: number;
  readonly concurrency?: number | null;
  /** Default `simulated`. */
  readonly name?: string;
}

const CONNECTED = 'Connection successful, starting upgrade...';
const NOT_NEEDED =
  'Firmware already upgraded previously. Identical checksum found in the filesystem, upgrade not needed.';

/** Makes a driver of devices that are variables: for demonstrations, for measuring, and to see what becomes of every fault. */
export function simulatedDriver(options: SimulatedDriverOptions): Driver {
  const { devices, timer, stepTime = 0, concurrency = null, name = 'simulated' } = options;

  const deviceOf = ({ upgrade }: DriverRun): SimulatedDevice => {
    const device = devices.get(upgrade.device) ?? simulatedDevice();
    devices.set(upgrade.device, device);
    return device;
  };

  /** A step's time; gives false if it was to stop meanwhile. */
  const work = (signal: AbortSignal, milliseconds: number): Promise<void> | undefined =>
    milliseconds === 0 ? undefined : paused(timer, milliseconds, signal);

  const has = ({ faults }: SimulatedDevice, fault: SimulatedFault): boolean => {
    if (faults[0] !== fault) return false;
    faults.shift();
    return true;
  };

  const prepare = async (run: DriverRun, device: SimulatedDevice): Promise<DriverResult | undefined> => {
    const { signal, image } = run;
    await work(signal, stepTime);
    if (has(device, 'hang')) await paused(timer, Number.POSITIVE_INFINITY, signal);
    if (has(device, 'throw')) throw new Error('the device is upside down');
    if (!device.isReachable || has(device, 'unreachable')) return { result: 'recoverable', cause: 'Connection failed' };
    await run.step('identifying', { progress: 10, lines: [CONNECTED] });
    if (has(device, 'identity')) return { result: 'unfit', lines: ['Device UUID mismatch'] };
    await work(signal, stepTime);
    await run.step('checking', { progress: 15, lines: ['Device identity verified successfully'] });
    if (device.sha256 === image.sha256) return { result: 'notNeeded', lines: [NOT_NEEDED] };
    if (has(device, 'memory')) return { result: 'unfit', lines: ['There is not enough memory'] };
    await run.step('uploading', { progress: 21 });
    for (const percent of stepTime > 0 ? [30, 40, 50, 60] : []) {
      await work(signal, stepTime);
      run.progress(percent);
    }
    if (has(device, 'upload')) return { result: 'recoverable', cause: 'the upload broke off' };
    await run.step('testing', { progress: 61 });
    await work(signal, stepTime);
    return has(device, 'test') ? { result: 'unfit', lines: ['Image check failed'] } : undefined;
  };

  const verify = async (run: DriverRun, device: SimulatedDevice): Promise<DriverResult> => {
    if (!device.isReachable) return { result: 'unknown' };
    await run.step('verifying', { progress: 90 });
    const { version, boot } = device;
    const verified = { version, bootID: `boot-${boot}`, at: timer.now() };
    if (device.sha256 === run.image.sha256) {
      return { result: 'succeeded', verified, lines: ['Upgrade completed successfully.'] };
    }
    return { result: 'rolledBack', verified, lines: [`The device runs ${version} as before.`] };
  };

  return {
    name,
    options: ['c'],
    concurrency,
    isReachable: (device) => devices.get(device)?.isReachable !== false,
    async upgrade(run) {
      const device = deviceOf(run);
      try {
        const result = await prepare(run, device);
        if (result) return result;
        await run.flash(['Upgrade operation in progress...']);
      } catch (error) {
        if (!(error instanceof ThingError)) throw error;
        return error.code === 'conflict' ? { result: 'deferred' } : { result: 'stopped' };
      }
      if (has(device, 'flash')) return { result: 'failed', lines: ['The device refused the image'] };
      flash(device, run, has(device, 'rollback'));
      if (has(device, 'lost')) device.isReachable = false;
      await work(run.signal, stepTime);
      await run.step('rebooting', { progress: 70 });
      return verify(run, device);
    },
    verify: (run) => verify(run, deviceOf(run)),
  };
}

function flash(device: SimulatedDevice, { image }: DriverRun, isRolledBack: boolean): void {
  device.flashes++;
  device.boot++;
  if (isRolledBack) return;
  device.version = image.version;
  device.sha256 = image.sha256;
}

/** Waits; rejects with a ThingError `aborted` when the signal fires. */
function paused(timer: Timer, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    let stop: Stop = () => {};
    const stopped = () => {
      stop();
      reject(new ThingError('aborted', 'It was to stop'));
    };
    if (signal.aborted) {
      stopped();
      return;
    }
    signal.addEventListener('abort', stopped, { once: true });
    if (!Number.isFinite(milliseconds)) return;
    stop = timer.after(milliseconds, () => {
      signal.removeEventListener('abort', stopped);
      resolve();
    });
  });
}
