import { ThingError } from '@thingwright/core';
import type { Timer } from '@thingwright/device-link';
import type { DriverRun } from '../driver.js';
import type { OpenShell, OpenWrtAccess, Shell } from './openwrt-access.js';

/** What is tried to reach a device. */
export interface Reach {
  readonly access: OpenWrtAccess;
  readonly open: OpenShell;
  readonly timer: Timer;
}

/** How often, and when, a device is tried that was flashed; milliseconds. */
export interface ReconnectTimes {
  /** Default 180,000. */
  readonly wait: number;
  /** Default 35. */
  readonly attempts: number;
  /** Default 20,000. */
  readonly pause: number;
}

/** What the reference does (section 5.7). */
export const RECONNECT_TIMES: ReconnectTimes = { wait: 180_000, attempts: 35, pause: 20_000 };

/** Waits; gives false if the signal fires first. */
export function waited(timer: Timer, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = () => {
      stop();
      signal.removeEventListener('abort', end);
      resolve(!signal.aborted);
    };
    const stop = timer.after(milliseconds, end);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** Tries all addresses with all credentials; gives why each of the credentials failed if none of them works. */
export async function connect(
  { access, open }: Reach,
  { upgrade, signal }: Pick<DriverRun, 'upgrade' | 'signal'>,
): Promise<
  { readonly shell: Shell } | { readonly failures: readonly { readonly name: string; readonly reason: string }[] }
> {
  const { device } = upgrade;
  const [addresses, all] = await Promise.all([access.addresses(device), access.credentials(device)]);
  const failures: { name: string; reason: string }[] = [];
  for (const credentials of all) {
    let reason = 'no address is known';
    for (const address of addresses) {
      try {
        const shell = await open({ device, address, credentials, access, signal });
        access.tried(device, null);
        return { shell };
      } catch (error) {
        if (signal.aborted) throw new ThingError('aborted', 'It was to stop');
        reason = error instanceof Error ? error.message : String(error);
      }
    }
    failures.push({ name: credentials.name, reason });
  }
  access.tried(device, failures.at(-1)?.reason ?? 'there are no credentials');
  return { failures };
}

/**
 * Looks for a device that was flashed until it is back, and has booted anew; the addresses are asked for with every attempt. Gives why it is
 * not back after the last one: it cannot be reached, or it runs on as before.
 */
export async function reconnect(
  reach: Reach,
  run: DriverRun,
  { times, isRebooted }: { readonly times: ReconnectTimes; readonly isRebooted: (shell: Shell) => Promise<boolean> },
): Promise<Shell | 'unreachable' | 'not rebooted'> {
  let outcome: 'unreachable' | 'not rebooted' = 'unreachable';
  for (let attempt = 1; attempt <= times.attempts; attempt++) {
    const addresses = await reach.access.addresses(run.upgrade.device);
    run.log(`Trying to reconnect to device at ${addresses.join(', ')} (attempt n.${attempt})...`);
    let reason: string;
    const connected = await connect(reach, run);
    if ('shell' in connected) {
      const { shell } = connected;
      if (await isRebooted(shell).catch(() => false)) return shell;
      shell.close();
      outcome = 'not rebooted';
      reason = 'it has not rebooted';
    } else {
      outcome = 'unreachable';
      reason = connected.failures.at(-1)?.reason || 'connection failed';
    }
    if (attempt === times.attempts) break;
    run.log(`Device not reachable yet, (${reason}).\nretrying in ${Math.round(times.pause / 1000)} seconds...`);
    if (!(await waited(reach.timer, times.pause, run.signal))) return outcome;
  }
  return outcome;
}
