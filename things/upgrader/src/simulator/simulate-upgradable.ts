import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Log, silent, ThingError } from '@thingwright/core';
import { systemTimer, type Timer } from '@thingwright/device-link';
import {
  type DialState,
  deviceSettings,
  type Upgradable,
  type UpgradableOptions,
  upgradable,
} from '@thingwright/device-link/device';
import { BehaviorSubject, type Observable } from 'rxjs';

/** What goes wrong when a simulated device is told to install. */
export const UPGRADABLE_FAULTS = [
  /** It cannot write the image. */
  'install',
  /** The image does not start: it comes back with what it had. */
  'rollback',
  /** It does not come back. */
  'lost',
] as const;

/** One of {@link UPGRADABLE_FAULTS}. */
export type UpgradableFault = (typeof UPGRADABLE_FAULTS)[number];

/** The device to simulate. */
export interface UpgradableSimulation {
  /** The gateway (`http://127.0.0.1:8080`), or the full address of its door. */
  readonly url: string;
  readonly name: string;
  readonly token: string;
  /** Where it keeps images, and what it runs; it is made. */
  readonly folder: string;
  /** What it runs until it is upgraded. Default `1.0`. */
  readonly version?: string;
  readonly model?: string;
  readonly os?: string;
  /** Whose signatures it trusts: Ed25519 public keys by their ids, PEM. None: it asks for no signatures. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Milliseconds that installing takes, and booting. Default 2000 and 3000. */
  readonly installTime?: number;
  readonly bootTime?: number;
  /** Asked with each image that it is told to install. */
  readonly fault?: (version: string) => UpgradableFault | undefined;
  /** How long it waits until it dials again. Default: as every device. */
  readonly backOff?: UpgradableOptions['backOff'];
  readonly signal?: AbortSignal;
  readonly log?: Log;
  readonly timer?: Timer;
}

/** A simulated device at work. Disposing stops it with a goodbye; started again over its folder, it runs what it was upgraded to. */
export interface SimulatedUpgradable extends AsyncDisposable {
  /** How its connection stands; completes when it has stopped. */
  readonly connection: Observable<DialState['state']>;
  /** What it runs. */
  readonly version: string;
  /** How often it has booted. */
  readonly boots: number;
  /** Resolves when it has stopped, or the server refused it; never rejects. */
  readonly ended: Promise<{ readonly cause: 'stopped' | 'refused' | 'lost'; readonly error?: Error }>;
}

const PATH = '/ws/upgradable/';

/** Runs a device that pulls its images, installs them, reboots and dials in again: the real half of a device, with an install hook that waits. */
export async function simulateUpgradable(options: UpgradableSimulation): Promise<SimulatedUpgradable> {
  const { name, folder, fault = () => undefined, log = silent, timer = systemTimer } = options;
  const { version: first = '1.0', installTime = 2000, bootTime = 3000 } = options;
  const flash = await deviceSettings(join(folder, 'flash.json'), { version: first });
  const stopping = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal;
  const connection = new BehaviorSubject<DialState['state']>('CLOSED');
  let boots = 0;
  let device: Upgradable | undefined;
  let rebooting: Promise<void> | undefined;
  let settle: (end: Awaited<SimulatedUpgradable['ended']>) => void = () => {};
  const ended = new Promise<Awaited<SimulatedUpgradable['ended']>>((resolve) => {
    settle = resolve;
  });

  const wait = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const end = () => {
        stop();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const stop = timer.after(milliseconds, end);
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });

  const finish = (end: Awaited<SimulatedUpgradable['ended']>): void => {
    connection.next('CLOSED');
    connection.complete();
    settle(end);
  };

  const reboot = async (isLost: boolean): Promise<void> => {
    await device?.[Symbol.asyncDispose]();
    if (isLost) finish({ cause: 'lost' });
    else await wait(bootTime);
    if (!isLost && !signal.aborted) await boot();
  };

  const boot = async (): Promise<void> => {
    boots++;
    const { model, os, keys = {}, backOff } = options;
    let planned: UpgradableFault | undefined;
    const own = await upgradable({
      url: doorOf(options.url, name),
      name,
      token: options.token,
      folder,
      keys,
      log,
      timer,
      ...(backOff ? { backOff } : {}),
      firmware: {
        version: flash.get('version'),
        bootID: randomUUID(),
        ...(model === undefined ? {} : { model }),
        ...(os === undefined ? {} : { os }),
      },
      async install({ version }) {
        planned = fault(version);
        await wait(installTime);
        if (signal.aborted) throw new ThingError('aborted', 'The power was cut');
        if (planned === 'install') throw new ThingError('failed', 'The flash cannot be written');
        if (planned !== 'rollback') await flash.set({ version });
      },
      reboot() {
        log.info({ device: name }, 'rebooting');
        rebooting = reboot(planned === 'lost').catch((error: unknown) =>
          log.error({ device: name, error }, 'it did not boot'),
        );
      },
    });
    device = own;
    // It was stopped while it booted.
    if (signal.aborted) return own[Symbol.asyncDispose]();
    own.dial.state.subscribe(({ state }) => connection.next(state));
    void own.dial.ended.then(({ cause, error }) => {
      if (cause === 'refused') finish({ cause, ...(error ? { error } : {}) });
    });
  };

  await boot();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await device?.[Symbol.asyncDispose]();
    await rebooting;
    finish({ cause: 'stopped' });
  };
  signal.addEventListener('abort', () => void stop(), { once: true });

  return {
    connection: connection.asObservable(),
    get version() {
      return flash.get('version');
    },
    get boots() {
      return boots;
    },
    ended,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await stop();
    },
  };
}

/** The door of a gateway; an address with a path is a door already. */
function doorOf(address: string, name: string): string {
  const url = new URL(address);
  url.protocol = url.protocol.replace(/^http/, 'ws');
  if (url.pathname === '/') url.pathname = `${PATH}${encodeURIComponent(name)}`;
  return url.href;
}
