import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConsumedThing, consume } from '@thingwright/client';
import { type PrinterSimulation, type SimulatedPrinter, simulatePrinter } from '@thingwright/printer/simulator';
import { filter, firstValueFrom } from 'rxjs';
import { type Gateway, type GatewayOptions, openGateway } from '../../src/index.js';

export const ADMIN_TOKEN = 'the-admin-token';
export const PASSWORD = 'flux';

/** A folder that is gone with the test. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'thingwright-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A printer on this machine, at ports that are free. */
export const startPrinter = (folder: string, options: Partial<PrinterSimulation> = {}): Promise<SimulatedPrinter> =>
  simulatePrinter({
    folder,
    discoveryPort: 0,
    managerPort: 0,
    robotPort: 0,
    announces: false,
    keyBits: 1024,
    stepTime: 10,
    printTime: 60_000,
    ...options,
  });

/** A gateway that looks for printers where that one is. */
export const openNear = (
  { discoveryPort, managerPort, robotPort }: SimulatedPrinter,
  options: GatewayOptions = {},
): Promise<Gateway> =>
  openGateway({
    port: 0,
    adminToken: ADMIN_TOKEN,
    discovery: ['printers'],
    printerAddresses: ['127.0.0.1'],
    printerPlaces: { listen: false, port: discoveryPort, ports: { manager: managerPort, robot: robotPort } },
    ...options,
  });

export const consumed = ({ url }: Gateway, name: string, token = ADMIN_TOKEN): Promise<ConsumedThing> =>
  consume(`${url}/things/${name}`, { token });

/** The value of a property once it is as it should be. */
export async function reached(thing: ConsumedThing, name: string, fits: (json: string) => boolean): Promise<unknown> {
  const property = thing.properties[name];
  if (!property) throw new Error(`There is no property ${name}`);
  return firstValueFrom(property.pipe(filter((value) => fits(JSON.stringify(value)))));
}

/** Invokes an action and gives its output. */
export async function run(thing: ConsumedThing, action: string, input?: unknown): Promise<unknown> {
  const invoke = thing.actions[action];
  if (!invoke) throw new Error(`There is no action ${action}`);
  return invoke(input).output;
}
