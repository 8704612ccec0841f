import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { FAULTS, type Fault, type ScanFile, simulatedScan, simulateScanner } from '@thingwright/scanner/simulator';
import { filter, firstValueFrom, skipWhile } from 'rxjs';
import type { ExitStatus } from '../exit-status.js';
import { deviceToken, runUntilEnd, type SimulatorOptions } from '../simulation.js';
import { gatewayUrl } from '../target.js';
import type { Terminal } from '../terminal.js';
import { terminalLog } from '../terminal-log.js';
import { usageError } from '../usage-error.js';

/** Options of `simulate scanner`. */
export interface SimulateScannerOptions extends SimulatorOptions {
  /** The UUID, with or without `urn:uuid:`. */
  readonly id: string;
  readonly generation: '1' | '2';
  readonly ca?: string;
  readonly insecure?: boolean;
  /** Seconds of a scan. */
  readonly duration: number;
  /** Bytes of the file. */
  readonly size: number;
  /** Files that are delivered in its place. */
  readonly file?: readonly string[];
  readonly fault?: readonly string[];
  readonly obeyCancel?: boolean;
  readonly endWhenLost?: boolean;
}

/** Steps in which a scan tells its progress. */
const STEPS = 20;
const UUID = /^(urn:uuid:)?([\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})$/i;

/** Runs a simulated scanner until it is interrupted, or cannot dial in any more. */
export async function simulate(options: SimulateScannerOptions, terminal: Terminal): Promise<ExitStatus> {
  const token = deviceToken(terminal);
  const id = UUID.exec(options.id)?.[2];
  if (id === undefined) throw usageError(`--id: '${options.id}' is no UUID, as provision prints it`);
  const faults = (options.fault ?? []).map(faultNamed);
  const { duration, size, ca, insecure = false, obeyCancel = false } = options;
  const files = options.file && (await readAll(options.file));
  const trusted = ca === undefined ? {} : { ca: await readGiven('--ca', ca) };
  using stop = terminal.interruption();
  await using device = simulateScanner({
    url: gatewayUrl(options, terminal.environment),
    id,
    token,
    generation: `gen-${options.generation}`,
    insecure,
    ...trusted,
    program: simulatedScan({
      steps: STEPS,
      stepTime: (duration * 1000) / STEPS,
      fileSize: size,
      ...(files ? { files } : {}),
    }),
    fault: (scan) => faults[scan],
    obeysCancel: obeyCancel,
    log: terminalLog(terminal, terminal.environment.THINGWRIGHT_LOG_LEVEL),
  });
  const lost = firstValueFrom(
    device.connection.pipe(
      skipWhile((state) => state !== 'OPEN'),
      filter((state) => state !== 'OPEN'),
    ),
    { defaultValue: 'CLOSED' },
  ).then(() => ({ cause: 'lost' }));
  const ended = options.endWhenLost ? Promise.race([device.ended, lost]) : device.ended;
  return await runUntilEnd(ended, { stop, options });
}

function faultNamed(name: string): Fault | undefined {
  const fault = FAULTS.find((known) => known === name);
  if (fault === undefined && name !== 'none') {
    throw usageError(`--fault: '${name}' is not one of none, ${FAULTS.join(', ')}`);
  }
  return fault;
}

const readAll = (paths: readonly string[]): Promise<readonly ScanFile[]> =>
  Promise.all(paths.map(async (path) => ({ name: basename(path), content: await readGiven('--file', path) })));

const readGiven = (option: string, path: string): Promise<Buffer> =>
  readFile(path).catch((error: unknown) => {
    throw usageError(`${option}: ${error instanceof Error ? error.message : String(error)}`);
  });
