import type { DriverRun } from '../driver.js';
import type { Shell } from './openwrt-access.js';

/** What a device can do without while it is upgraded, in the order in which it is stopped (reference, section 7.1). */
const SERVICES = [
  'uhttpd',
  'dnsmasq',
  'openwisp_config',
  'openwisp-config',
  'openwisp-monitoring',
  'cron',
  'rpcd',
  'rssileds',
  'odhcpd',
  'log',
] as const;

/** Milliseconds that a service gets. */
const PATIENCE = 5000;

/** The services of one device, which may be stopped for a while. */
export interface OpenWrtServices {
  readonly areStopped: boolean;
  stop(): Promise<void>;
  /** Starts those that were stopped; does nothing if none was, and never rejects. */
  restart(): Promise<void>;
}

/** Makes the services of a device; `root` stands before all paths. */
export function openWrtServices(shell: Shell, root: string): OpenWrtServices {
  let areStopped = false;
  const each = async (what: 'start' | 'stop') => {
    for (const name of SERVICES) {
      const path = `${root}/etc/init.d/${name}`;
      await shell.run(`test ! -x ${path} || ${path} ${what}`, { timeout: PATIENCE });
    }
    const wifi = `${root}/sbin/wifi`;
    await shell.run(`test ! -x ${wifi} || ${wifi} ${what === 'stop' ? 'down' : 'up'}`, { timeout: PATIENCE });
  };
  return {
    get areStopped() {
      return areStopped;
    },
    async stop() {
      areStopped = true;
      await each('stop');
    },
    async restart() {
      if (!areStopped) return;
      areStopped = false;
      // A device that is gone has restarted them by itself when it is back.
      await each('start').catch(() => undefined);
    },
  };
}

const mebibytes = (bytes: number): string => (bytes / 1_048_576).toFixed(2);

async function available(shell: Shell, root: string): Promise<number> {
  const { output } = await shell.run(`cat ${root}/proc/meminfo`);
  const [, kibibytes = '0'] = /^MemAvailable:\s*(\d+)/m.exec(output) ?? /^MemFree:\s*(\d+)/m.exec(output) ?? [];
  return Number(kibibytes) * 1024;
}

/** Makes room for the image in the memory of a device (reference, section 7.1); gives false if there is not enough, with all as it was. */
export async function makeRoom(
  run: Pick<DriverRun, 'image' | 'log'>,
  { shell, services, root }: { readonly shell: Shell; readonly services: OpenWrtServices; readonly root: string },
): Promise<boolean> {
  const { size } = run.image;
  const free = async () => {
    await shell.run(`rm -rf ${root}/tmp/opkg-lists/`);
    await shell.run(`sync && echo 3 > ${root}/proc/sys/vm/drop_caches`);
    return available(shell, root);
  };
  const before = await free();
  if (size < before) return true;
  run.log(
    [
      `The image size (${mebibytes(size)} MiB) is greater than the available memory on the system (${mebibytes(before)} MiB).`,
      'For this reason the upgrade procedure will try to free up memory by stopping non critical services.',
      'WARNING: it is recommended to reboot the device if the upgrade fails unexpectedly because these services will not be restarted automatically.',
      'NOTE: The reboot can be avoided if the status of the upgrade becomes "aborted" because in this case the system will restart the services automatically.',
    ].join('\n'),
  );
  await services.stop();
  const after = await free();
  if (size < after) {
    run.log(
      `Enough available memory was freed up on the system (${mebibytes(after)} MiB)!\nProceeding to upload of the image file...`,
    );
    return true;
  }
  run.log(
    `There is still not enough available memory on the system (${mebibytes(after)} MiB).\nStarting non critical services again...`,
  );
  await services.restart();
  run.log('Non critical services started, aborting upgrade.');
  return false;
}
