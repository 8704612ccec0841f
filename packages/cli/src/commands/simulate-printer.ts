import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IdentityKind, PRINTER_FAULTS, type PrinterFault, simulatePrinter } from '@thingwright/printer/simulator';
import type { ExitStatus } from '../exit-status.js';
import { runUntilEnd, type SimulatorOptions } from '../simulation.js';
import type { Terminal } from '../terminal.js';
import { terminalLog } from '../terminal-log.js';
import { usageError } from '../usage-error.js';

/** Options of `simulate printer`. */
export interface SimulatePrinterOptions extends SimulatorOptions {
  /** Absent: who it is is gone with it. */
  readonly folder?: string;
  readonly address: string;
  readonly discoveryPort?: number;
  readonly managerPort?: number;
  readonly robotPort?: number;
  readonly protocol: '1' | '2';
  readonly identity: IdentityKind;
  readonly name: string;
  /** Seconds of a print. */
  readonly printTime: number;
  /** Whether it announces itself; else it is found only by who asks at its address. */
  readonly announce: boolean;
  readonly fault?: readonly string[];
}

/** Runs a simulated printer until it is interrupted, and says where it is. Its password comes by a variable; default `flux`. */
export async function simulate(options: SimulatePrinterOptions, terminal: Terminal): Promise<ExitStatus> {
  const { folder, address, discoveryPort, managerPort, robotPort, identity, name, announce, printTime } = options;
  const faults = (options.fault ?? []).map(faultNamed);
  const password = terminal.environment.THINGWRIGHT_PRINTER_PASSWORD;
  const own = folder ?? (await mkdtemp(join(tmpdir(), 'thingwright-printer-')));
  try {
    using stop = terminal.interruption();
    await using printer = await simulatePrinter({
      folder: own,
      address,
      ...(discoveryPort === undefined ? {} : { discoveryPort }),
      ...(managerPort === undefined ? {} : { managerPort }),
      ...(robotPort === undefined ? {} : { robotPort }),
      version: options.protocol === '1' ? 1 : 2,
      identity,
      name,
      announces: announce,
      ...(password === undefined ? {} : { password }),
      printTime: printTime * 1000,
      faults,
      log: terminalLog(terminal, terminal.environment.THINGWRIGHT_LOG_LEVEL),
    });
    const { uuid, serial, discoveryPort: found, managerPort: managed, robotPort: run } = printer;
    const ports = { discoveryPort: found, managerPort: managed, robotPort: run };
    terminal.print(JSON.stringify({ event: 'ready', uuid, serial, address, ...ports }));
    return await runUntilEnd(printer.ended, { stop, options });
  } finally {
    if (folder === undefined) await rm(own, { recursive: true, force: true });
  }
}

function faultNamed(name: string): PrinterFault {
  const fault = PRINTER_FAULTS.find((known) => known === name);
  if (fault !== undefined) return fault;
  throw usageError(`--fault: '${name}' is not one of ${PRINTER_FAULTS.join(', ')}`);
}
