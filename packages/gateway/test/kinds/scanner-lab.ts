import { consume } from '@thingwright/client';
import { Scanner } from '@thingwright/scanner';
import {
  type ScannerSimulation,
  type SimulatedScanner,
  simulatedScan,
  simulateScanner,
} from '@thingwright/scanner/simulator';
import { filter, firstValueFrom } from 'rxjs';
import { type Gateway, type GatewayOptions, openGateway } from '../../src/index.js';

export const ADMIN_TOKEN = 'the-admin-token';
export const REQUEST = { sequence: { name: 'tse', seqFile: '[VERSION]\nmajor 1' } };

/** A gateway with the scanner `mri`. */
export async function openLab(options: GatewayOptions = {}) {
  const gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN, ...options });
  const device = await gateway.fleet.provision({ kind: 'scanner', name: 'mri' });
  return { gateway, device, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
}

/** The scanner `mri`, as its readers see it. */
export const consumeScanner = ({ url }: Gateway, name = 'mri') =>
  consume(Scanner, `${url}/things/${name}`, { token: ADMIN_TOKEN });

/** Runs the device of that id, and waits until it has registered. */
export async function dialIn(
  gateway: Gateway,
  { id, token }: { readonly id: string; readonly token: string },
  { name, ...options }: Partial<ScannerSimulation> & { readonly name?: string } = {},
): Promise<SimulatedScanner> {
  const device = simulateScanner({
    url: gateway.url,
    id: id.replace('urn:uuid:', ''),
    token,
    program: simulatedScan({ steps: 2, stepTime: 1 }),
    ...options,
  });
  await using mri = await consumeScanner(gateway, name);
  await firstValueFrom(mri.properties.connection.pipe(filter(({ registered }) => registered)));
  return device;
}
