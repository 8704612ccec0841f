import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { ThingError } from '@thingwright/core';
import type { DiscoverySetting } from './discovery/discovery-setting.js';
import type { PrintersOptions } from './printers/printers.js';

/** The printer of a demonstration: where it will be, and how it is found there. */
export interface DemoPrinter {
  /** What the gateway is opened with. */
  readonly gateway: Pick<DiscoverySetting, 'discovery' | 'discoveryAdopt'> &
    Pick<PrintersOptions, 'printerAddresses' | 'printerPlaces'>;
  /** What its simulator is told. */
  readonly arguments: readonly string[];
}

const ADDRESS = '127.0.0.1';
/** In the data folder: the printer is the same one at the next start. */
const FOLDER = 'demo-printer';

/**
 * Picks free ports of this machine for a printer that the gateway finds by asking there, and adopts at once. It listens to no announcements: what
 * else there is on the network is none of a demonstration's business. Rejects with a ThingError `unavailable` if its folder cannot be made.
 */
export async function placeDemoPrinter({
  data,
  discovery = [],
  discoveryAdopt = true,
}: { readonly data: string } & DiscoverySetting): Promise<DemoPrinter> {
  const folder = join(data, FOLDER);
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new ThingError('unavailable', `The folder ${folder} cannot be made`, { cause });
  });
  const [port, manager, robot] = [await freeUdpPort(), ...(await freeTcpPorts())];
  return {
    gateway: {
      discovery: [...discovery, 'printers'],
      discoveryAdopt,
      printerAddresses: [ADDRESS],
      printerPlaces: { listen: false, port, ports: { manager, robot } },
    },
    arguments: [
      ...['printer', '--name', 'Demo printer', '--folder', folder, '--address', ADDRESS, '--no-announce'],
      ...['--discovery-port', `${port}`, '--manager-port', `${manager}`, '--robot-port', `${robot}`],
    ],
  };
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, ADDRESS);
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

/** Two of them, held together: or they could be the same. */
async function freeTcpPorts(): Promise<readonly [number, number]> {
  const servers = [createServer(), createServer()] as const;
  const [first, second] = servers;
  const ports = [await portOf(first), await portOf(second)] as const;
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function portOf(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, ADDRESS);
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
