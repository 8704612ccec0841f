import { ThingError } from '@thingwright/core';
import { systemTimer, type Timer } from '@thingwright/device-link';
import type { Driver, DriverResult, DriverRun } from '../driver.js';
import type { CommandResult, OpenShell, OpenWrtAccess, Shell } from './openwrt-access.js';
import { connect, RECONNECT_TIMES, type Reach, type ReconnectTimes, reconnect, waited } from './openwrt-reconnect.js';
import { makeRoom, type OpenWrtServices, openWrtServices } from './openwrt-services.js';
import { openSSHShell, quoted } from './ssh-shell.js';

/** How OpenWrt devices are upgraded. */
export interface OpenWrtDriverOptions {
  readonly access: OpenWrtAccess;
  /** Default: over SSH. */
  readonly open?: OpenShell;
  readonly timer?: Timer;
  readonly times?: Partial<ReconnectTimes>;
  /** Stands before all paths of the device. Default none. */
  readonly root?: string;
  /** How many at once; null, the default: no limit of their own. */
  readonly concurrency?: number | null;
  /** Default `openwrt`. */
  readonly name?: string;
}

const CHECKSUM = '/etc/openwisp/firmware_checksum';
const NOT_NEEDED =
  'Firmware already upgraded previously. Identical checksum found in the filesystem, upgrade not needed.';
const TRIED_ALL = 'Failed to establish connection with the device, tried all DeviceConnections';
/** Milliseconds for the command that flashes; whatever it says, or does not, the device is looked for afterwards. */
const FLASH_PATIENCE = 90_000;
/** Progress of an upload: reference, section 5.2. */
const [UPLOAD_FROM, UPLOAD_TO] = [21, 60];
/** What sysupgrade reports although it has handed over (reference, section 7.3). */
const HANDED_OVER = /ubus call system sysupgrade|do_stage2/;

/** What a driver has of a device in the middle of an upgrade. */
interface Work {
  readonly run: DriverRun;
  readonly shell: Shell;
  readonly services: OpenWrtServices;
  readonly path: string;
}

const digits = (uuid: string): string => uuid.toLowerCase().replaceAll(/[^\da-f]/g, '');

/** Makes the driver of OpenWrt devices that are reached over SSH: the procedure of the reference (section 7), with what runs afterwards verified. */
export function openWrtDriver(options: OpenWrtDriverOptions): Driver {
  const { access, open = openSSHShell, timer = systemTimer, root = '', concurrency = null, name = 'openwrt' } = options;
  const times = { ...RECONNECT_TIMES, ...options.times };
  const reach: Reach = { access, open, timer };
  const pathOf = ({ image }: DriverRun) => `${root}/tmp/${image.fileName}`;

  /** Succeeds if what was uploaded is not there any more, which is in memory: it is gone once the device has booted. */
  const isCleared = (run: DriverRun): string => {
    const { isDeleted = false, sha256 } = run.image;
    // Whoever does not know its name finds it by its digest.
    return isDeleted
      ? `! sha256sum ${root}/tmp/* 2>/dev/null | grep -q ^${sha256}`
      : `test ! -e ${quoted(pathOf(run))}`;
  };

  const bootID = async (shell: Shell): Promise<string | null> => {
    const { code, output } = await shell.run(`cat ${root}/proc/sys/kernel/random/boot_id`);
    return code === 0 && output !== '' ? output : null;
  };

  const identify = async ({ run, shell }: Work): Promise<DriverResult | undefined> => {
    const { code, output } = await shell.run('uci get openwisp.http.uuid', run);
    if (code !== 0 || digits(output).length !== 32) {
      return { result: 'unfit', lines: ['Could not read device UUID from configuration'] };
    }
    const expected = run.upgrade.device;
    if (digits(output) === digits(expected)) return undefined;
    const mismatch = `Device UUID mismatch: expected ${expected}, found ${output} in device configuration`;
    return { result: 'unfit', lines: [mismatch] };
  };

  const compareChecksum = async ({ run, shell }: Work): Promise<DriverResult | undefined> => {
    const file = `${root}${CHECKSUM}`;
    if ((await shell.run(`test -f ${file}`, run)).code !== 0) {
      run.log('Image checksum file not found, proceeding with the upload of the new image...');
      return undefined;
    }
    await run.step('checking', { progress: 20, lines: ['Image checksum file found'] });
    const { output } = await shell.run(`cat ${file}`, run);
    if (output === run.image.sha256) return { result: 'notNeeded', lines: [NOT_NEEDED] };
    run.log('Checksum different, proceeding with the upload of the new image...');
    return undefined;
  };

  const upload = async ({ run, shell, path }: Work): Promise<DriverResult | undefined> => {
    const { image, signal } = run;
    try {
      await shell.upload(path, await image.read(), {
        signal,
        progress: (bytes) => run.progress(UPLOAD_FROM + Math.floor((bytes * (UPLOAD_TO - UPLOAD_FROM)) / image.size)),
      });
      return undefined;
    } catch (error) {
      if (signal.aborted) throw error;
      return { result: 'recoverable', cause: error instanceof Error ? error.message : String(error) };
    }
  };

  const test = async ({ run, shell, services, path }: Work): Promise<DriverResult | undefined> => {
    const { code, output } = await shell.run(`${root}/sbin/sysupgrade --test ${quoted(path)}`, run);
    if (code === 0) return undefined;
    const lines = [
      output || 'The image test failed',
      ...(services.areStopped ? ['Starting non critical services again...'] : []),
    ];
    return { result: 'unfit', lines };
  };

  /** All until the device may be flashed; what ends it before. */
  const prepare = async (work: Work): Promise<DriverResult | undefined> => {
    const { run, shell, services } = work;
    await run.step('identifying', { progress: 10, lines: ['Connection successful, starting upgrade...'] });
    const stranger = await identify(work);
    if (stranger) return stranger;
    await run.step('checking', { progress: 15, lines: ['Device identity verified successfully'] });
    const same = await compareChecksum(work);
    if (same) return same;
    await run.step('uploading');
    if (!(await makeRoom(run, { shell, services, root }))) return { result: 'unfit' };
    const broken = await upload(work);
    if (broken) return broken;
    await run.step('testing', { progress: 61 });
    const bad = await test(work);
    if (bad) return bad;
    const lines = ['Sysupgrade test passed successfully, proceeding with the upgrade operation...'];
    await run.step('testing', { progress: 64, lines });
    return undefined;
  };

  /** Whatever it was that did not lead to the flash: the device is as it was. */
  const restore = async ({ run, shell, services, path }: Work, result: DriverResult): Promise<DriverResult> => {
    if (services.areStopped && result.result === 'stopped') run.log('Restarting non-critical services...');
    await services.restart();
    const isKept = result.result === 'deferred' || result.result === 'notNeeded';
    if (!isKept) await shell.run(`rm -f ${quoted(path)}`, { timeout: 2000 }).catch(() => undefined);
    return result;
  };

  const flash = async ({ run, shell, path }: Work): Promise<CommandResult> => {
    // Else the device would not load its configuration again.
    await shell.run(`rm -f ${root}/etc/openwisp/checksum`);
    const command = [`${root}/sbin/sysupgrade -v`, ...run.flags, quoted(path)].join(' ');
    return shell.run(command, { timeout: FLASH_PATIENCE });
  };

  /** What the device says that it runs: that is what builds have as their `os`. */
  const release = async (shell: Shell): Promise<string | undefined> => {
    const { output } = await shell.run(`cat ${root}/etc/openwrt_release`);
    return /^DISTRIB_DESCRIPTION=["']?([^"'\n]+)/m.exec(output)?.[1]?.trim();
  };

  const confirm = async (run: DriverRun, shell: Shell): Promise<DriverResult> => {
    const { os } = run.image;
    const runs = await release(shell);
    const verified = { version: runs ?? run.image.version, bootID: await bootID(shell), at: timer.now() };
    if (os !== null && runs !== undefined && runs !== os.trim()) {
      await run.step('verifying', { progress: 90 });
      const line = `The device came back with "${runs}", and not with "${os}" of the build: it does not run the new firmware.`;
      return { result: 'rolledBack', verified, lines: [line] };
    }
    const written = `Connected! Writing checksum file to ${CHECKSUM}`;
    await run.step('verifying', { progress: 90, lines: [written] });
    const file = `${root}${CHECKSUM}`;
    const { code, output } = await shell.run(
      `mkdir -p ${root}/etc/openwisp && echo ${run.image.sha256} > ${file} && sync`,
    );
    if (code !== 0) run.log(output);
    return { result: 'succeeded', verified, lines: ['Upgrade completed successfully.'] };
  };

  const lookFor = async (run: DriverRun, isRebooted: (shell: Shell) => Promise<boolean>): Promise<DriverResult> => {
    const found = await reconnect(reach, run, { times, isRebooted });
    if (found === 'unreachable') return { result: 'unknown' };
    if (found === 'not rebooted')
      return { result: 'failed', lines: ['The device has not rebooted: it runs as before.'] };
    try {
      return await confirm(run, found);
    } finally {
      found.close();
    }
  };

  /** From the intent to flash on, which is kept. */
  const install = async (work: Work, bootBefore: string | null): Promise<DriverResult> => {
    const { run, shell } = work;
    const { code, output } = await flash(work).catch(() => ({ code: null, output: '' }));
    if (output !== '') run.log(output);
    if (code !== null && code !== 0 && !HANDED_OVER.test(output)) return restore(work, { result: 'failed' });
    shell.close();
    const seconds = Math.round(times.wait / 1000);
    const closed = `SSH connection closed, will wait ${seconds} seconds before attempting to reconnect...`;
    await run.step('rebooting', { lines: [closed] });
    if (!(await waited(timer, times.wait, run.signal))) return { result: 'unknown' };
    return lookFor(run, async (again) => bootBefore === null || (await bootID(again)) !== bootBefore);
  };

  const upgrade = async (work: Work): Promise<DriverResult> => {
    const { run, shell } = work;
    let bootBefore: string | null = null;
    try {
      const ended = await prepare(work);
      if (ended) return await restore(work, ended);
      bootBefore = await bootID(shell);
      await run.flash(['Upgrade operation in progress...']);
    } catch (error) {
      return restore(work, endOf(run, error));
    }
    return install(work, bootBefore);
  };

  return {
    name,
    options: ['c', 'o', 'n', 'u', 'p', 'k', 'F'],
    concurrency,
    // Whoever is called by its address is there, or is not: that is seen when it is tried.
    isReachable: () => true,
    async upgrade(run) {
      try {
        const connected = await connect(reach, run);
        if ('failures' in connected) {
          const { deviceName } = run.upgrade;
          for (const { name: credentials, reason } of connected.failures) {
            run.log(`Failed to connect with ${deviceName} using ${credentials}. Error: ${reason}`);
          }
          return { result: 'recoverable', cause: TRIED_ALL };
        }
        const { shell } = connected;
        try {
          return await upgrade({ run, shell, services: openWrtServices(shell, root), path: pathOf(run) });
        } finally {
          shell.close();
        }
      } catch (error) {
        if (run.signal.aborted) return { result: 'stopped' };
        throw error;
      }
    },
    async verify(run) {
      try {
        const isRebooted = async (shell: Shell) => {
          const { output } = await shell.run(`cat ${root}${CHECKSUM}`);
          return output === run.image.sha256 || (await shell.run(isCleared(run))).code === 0;
        };
        return await lookFor(run, isRebooted);
      } catch (error) {
        if (run.signal.aborted) return { result: 'unknown' };
        throw error;
      }
    },
  };
}

/** What it means that the device was not flashed. */
function endOf({ signal }: DriverRun, error: unknown): DriverResult {
  if (signal.aborted) return { result: 'stopped' };
  const code = error instanceof ThingError ? error.code : undefined;
  if (code === 'conflict') return { result: 'deferred' };
  if (code === 'aborted') return { result: 'stopped' };
  return { result: 'recoverable', cause: error instanceof Error ? error.message : String(error) };
}
