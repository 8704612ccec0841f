import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type DevicePacket, decodeDevicePacket } from '../../src/wire/device-packet.js';

/** A client's socket: what comes is kept until somebody asks for it. */
export interface Listener extends AsyncDisposable {
  readonly port: number;
  /** Bytes from whom. */
  next(): Promise<{ readonly bytes: Buffer; readonly from: number }>;
  /** The next packet of a kind; others are passed over. */
  nextOf<K extends DevicePacket['kind']>(kind: K): Promise<Extract<DevicePacket, { kind: K }>>;
  send(bytes: Buffer, port: number): void;
  /** How many wait. */
  readonly waiting: number;
}

/** Opens a socket on a free port of 127.0.0.1; one that joins a group has to be bound to every address. */
export async function openListener(group?: string): Promise<Listener> {
  const socket = createSocket('udp4');
  const waiting: { bytes: Buffer; from: number }[] = [];
  let wake = (): void => {};
  socket.on('message', (bytes, { port: from }) => {
    waiting.push({ bytes, from });
    wake();
  });
  socket.bind(0, group === undefined ? '127.0.0.1' : undefined);
  await once(socket, 'listening');
  if (group !== undefined) socket.addMembership(group, '127.0.0.1');
  const next = async () => {
    for (;;) {
      const first = waiting.shift();
      if (first) return first;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const isOf = <K extends DevicePacket['kind']>(
    kind: K,
    packet: DevicePacket,
  ): packet is Extract<DevicePacket, { kind: K }> => packet.kind === kind;
  return {
    port: socket.address().port,
    next,
    async nextOf(kind) {
      for (;;) {
        const packet = decodeDevicePacket((await next()).bytes);
        if (isOf(kind, packet)) return packet;
      }
    },
    send: (bytes, port) => socket.send(bytes, port, '127.0.0.1'),
    get waiting() {
      return waiting.length;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
