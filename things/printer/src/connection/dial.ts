import { connect } from 'node:net';
import { ThingError } from '@thingwright/core';
import { HELLO_BYTES } from '../wire/challenge.js';
import type { Deadline } from './deadline.js';
import { PeerStream } from './peer-stream.js';

/** Milliseconds without a word after which the system asks whether the other side is still there. */
const KEEP_ALIVE = 10_000;

/** A connection, and what the device has said first on it. */
export interface Dialled {
  readonly stream: PeerStream;
  /** Eight characters. */
  readonly hello: string;
}

/** Connects to a port of a device and takes its hello. @throws ThingError `unavailable` if nothing is there, `timeout`. */
export async function dial(
  { address, port }: { readonly address: string; readonly port: number },
  deadline: Deadline,
): Promise<Dialled> {
  const socket = connect({ host: address, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE });
  socket.on('error', () => undefined);
  try {
    await deadline.wait((settle) => {
      const fail = (cause: Error): void =>
        settle(new ThingError('unavailable', `${address} port ${port} cannot be connected to`, { cause }));
      const go = (): void => settle();
      socket.once('connect', go).once('error', fail);
      return () => socket.off('connect', go).off('error', fail);
    });
    const stream = new PeerStream(socket);
    return { stream, hello: (await stream.take(HELLO_BYTES, deadline)).toString('latin1') };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
