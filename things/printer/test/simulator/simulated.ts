import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PrinterSimulation, type SimulatedPrinter, simulatePrinter } from '../../src/simulator/index.js';

/** A folder that goes with its test. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'thingwright-printer-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A printer on free ports that is quick, heard by nobody, and has a short key; in a folder of its own unless one is given. */
export async function simulated(options: Partial<PrinterSimulation> = {}): Promise<SimulatedPrinter> {
  const folder = options.folder === undefined ? await temporaryFolder() : undefined;
  const printer = await simulatePrinter({
    folder: folder?.path ?? '',
    discoveryPort: 0,
    managerPort: 0,
    robotPort: 0,
    listeners: [],
    keyBits: 1024,
    stepTime: 1,
    printTime: 20,
    ...options,
  });
  return Object.create(printer, {
    [Symbol.asyncDispose]: {
      async value() {
        await printer[Symbol.asyncDispose]();
        await folder?.[Symbol.asyncDispose]();
      },
    },
  });
}
