import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulateUpgradable, UPGRADABLE_FAULTS, type UpgradableFault } from '@thingwright/upgrader/simulator';
import type { ExitStatus } from '../exit-status.js';
import { deviceToken, runUntilEnd, type SimulatorOptions } from '../simulation.js';
import { gatewayUrl } from '../target.js';
import type { Terminal } from '../terminal.js';
import { terminalLog } from '../terminal-log.js';
import { usageError } from '../usage-error.js';

/** Options of `simulate upgradable`. */
export interface SimulateUpgradableOptions extends SimulatorOptions {
  readonly name: string;
  /** Absent: what it is upgraded to is gone with it. */
  readonly folder?: string;
  readonly firmware: string;
  readonly model: string;
  readonly os?: string;
  /** Seconds that installing takes, and booting. */
  readonly install: number;
  readonly boot: number;
  readonly fault?: readonly string[];
}

/** Runs a simulated device that can be upgraded until it is interrupted, or cannot dial in any more. */
export async function simulate(options: SimulateUpgradableOptions, terminal: Terminal): Promise<ExitStatus> {
  const token = deviceToken(terminal);
  const { name, folder, firmware, model, os, install, boot } = options;
  const faults = (options.fault ?? []).map(faultNamed);
  let installs = 0;
  const own = folder ?? (await mkdtemp(join(tmpdir(), 'thingwright-upgradable-')));
  try {
    using stop = terminal.interruption();
    await using device = await simulateUpgradable({
      url: gatewayUrl(options, terminal.environment),
      name,
      token,
      folder: own,
      version: firmware,
      model,
      ...(os === undefined ? {} : { os }),
      installTime: install * 1000,
      bootTime: boot * 1000,
      fault: () => faults[installs++],
      log: terminalLog(terminal, terminal.environment.THINGWRIGHT_LOG_LEVEL),
    });
    return await runUntilEnd(device.ended, { stop, options });
  } finally {
    if (folder === undefined) await rm(own, { recursive: true, force: true });
  }
}

function faultNamed(name: string): UpgradableFault | undefined {
  const fault = UPGRADABLE_FAULTS.find((known) => known === name);
  if (fault === undefined && name !== 'none') {
    throw usageError(`--fault: '${name}' is not one of none, ${UPGRADABLE_FAULTS.join(', ')}`);
  }
  return fault;
}
