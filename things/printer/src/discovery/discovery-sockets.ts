import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { type Log, ThingError } from '@thingwright/core';
import { DISCOVERY_GROUP } from '../wire/packet-header.js';
import type { Endpoint } from './found-printer.js';

/** The sockets of discovery: one that hears what is announced, one that asks and hears the answers. */
export interface DiscoverySockets extends AsyncDisposable {
  /** Sends a datagram from the socket that asks. What cannot be sent is lost, as datagrams are. */
  send(bytes: Buffer, to: Endpoint): void;
  /** Joins the group on interfaces that came since. */
  join(): void;
}

/** What the sockets are opened for. */
export interface SocketParts {
  /** The port where devices announce themselves; undefined: nothing is listened to but answers. */
  readonly port: number | undefined;
  readonly log: Log;
  receive(bytes: Buffer, from: Endpoint): void;
}

/** Datagrams to one destination that the system has not taken yet. */
const MAX_BACKLOG = 65_536;

/** Opens the sockets. @throws ThingError `unavailable` if the port is another program's that does not share it. */
export async function openDiscoverySockets({ port, log, receive }: SocketParts): Promise<DiscoverySockets> {
  const onMessage = (bytes: Buffer, { address, port: from }: RemoteInfo): void =>
    receive(bytes, { address, port: from });
  const asking = createSocket('udp4', onMessage);
  const listening = port === undefined ? undefined : createSocket({ type: 'udp4', reuseAddr: true }, onMessage);
  const sockets = listening ? [asking, listening] : [asking];
  try {
    await bind(asking, 0);
    if (listening && port !== undefined) await bind(listening, port);
  } catch (cause) {
    for (const socket of sockets) socket.close();
    throw new ThingError('unavailable', `UDP port ${port} cannot be listened to: another program has it`, { cause });
  }
  for (const socket of sockets) socket.on('error', (error) => log.warn({ error }, 'a socket of discovery failed'));

  const joined = new Set<string>();
  const join = (): void => {
    if (!listening) return;
    const present = addresses();
    for (const address of joined) if (!present.has(address)) joined.delete(address);
    for (const address of present) if (!joined.has(address) && joins(listening, address)) joined.add(address);
  };
  join();

  return {
    send(bytes, { port: to, address }) {
      if (asking.getSendQueueSize() > MAX_BACKLOG) return;
      asking.send(bytes, to, address, (error) => {
        if (error) log.debug({ address, error: error.message }, 'a datagram could not be sent');
      });
    },
    join,
    async [Symbol.asyncDispose]() {
      const closed = sockets.map((socket) => once(socket, 'close'));
      for (const socket of sockets) socket.close();
      await Promise.all(closed);
    },
  };
}

async function bind(socket: Socket, port: number): Promise<void> {
  const bound = once(socket, 'listening');
  socket.bind(port);
  await bound;
}

/** The IPv4 addresses of this machine. */
const addresses = (): Set<string> =>
  new Set(
    Object.values(networkInterfaces()).flatMap((group = []) =>
      group.flatMap(({ family, address }) => (family === 'IPv4' ? address : [])),
    ),
  );

/** Joins the group on one interface; without multicast there, pokes still find devices. */
function joins(socket: Socket, address: string): boolean {
  try {
    socket.addMembership(DISCOVERY_GROUP, address);
    return true;
  } catch {
    return false;
  }
}
