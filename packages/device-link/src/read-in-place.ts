import { Socket, type SocketConstructorOpts } from 'node:net';
import { markAsUntransferable } from 'node:worker_threads';
import type { Log } from '@thingwright/core';
import type { Upgrade } from '@thingwright/listener';

/** As much as Node reads from a socket at once. */
const READ_AT_ONCE = 65_536;

/** Takes what is read in place. */
export interface PlaceReader {
  /** So many bytes were read to the begin of the place. They may be written to, and are valid only during the call. */
  read(place: Buffer, length: number): void;
}

/** A socket, and what it says besides its `data`. */
export interface Source {
  readonly socket: Socket;
  /** Names the one who takes what is read in place, of which no `data` tells; before that it is dropped. */
  lead(reader: PlaceReader): void;
}

/**
 * Makes the memory that many sockets are read into, one after the other. None where messages may be longer: of these, all would be copied that Node
 * reads into memory of its own otherwise.
 */
export function placeToRead(maxPayload: number): Buffer | undefined {
  if (maxPayload > READ_AT_ONCE) return undefined;
  const place = Buffer.allocUnsafeSlow(READ_AT_ONCE);
  // Sockets write to its address, so it must not go to another thread.
  markAsUntransferable(place.buffer);
  return place;
}

/**
 * Has the socket of an upgrade read into a place of ours. Node allocates 64 KiB for each read otherwise, and frees them, which costs more than to read a
 * small frame. Its option for that, `onread`, is only for sockets that connect; so another socket is made of the same connection, which
 * the request has from then on. Either is destroyed with the other one.
 *
 * The constructor's option `handle` is not documented. Where anything is not as expected (another kind of socket, TLS among them; bytes
 * that have come, or wait to leave), or there is no place, the socket is used as it is.
 */
export function readInPlace(upgrade: Upgrade, place: Buffer | undefined, log: Log): Source {
  const { request, socket: accepted } = upgrade;
  const handle = place && isUntouched(accepted) ? handleOf(accepted) : undefined;
  if (!place || !handle) return { socket: accepted, lead() {} };
  let reader: PlaceReader | undefined;
  const callback = (length: number): boolean => {
    try {
      reader?.read(place, length);
    } catch (error) {
      // It would end the process.
      log.error({ error }, 'what came over a connection could not be dealt with');
      socket?.destroy();
    }
    return true;
  };
  const { allowHalfOpen } = accepted;
  const options = { handle, allowHalfOpen, readable: true, writable: true, onread: { buffer: place, callback } };
  const socket = made(options);
  if (!socket) return { socket: accepted, lead() {} };
  for (const each of [accepted, socket]) rememberPeer(each);
  accepted.setTimeout(0);
  Reflect.set(accepted, '_handle', null);
  accepted.on('error', () => {}).once('close', () => socket.destroy());
  socket.once('close', () => accepted.destroy());
  request.socket = socket;
  return {
    socket,
    lead(taker) {
      reader = taker;
    },
  };
}

/** A socket that was asked for the address of its peer knows it also without a handle, as after its end. */
const rememberPeer = ({ remoteAddress }: Socket): boolean => remoteAddress !== undefined;

/** Whether nothing has come over it, and nothing waits to leave: all of that would stay behind. */
const isUntouched = (socket: Socket): boolean =>
  Object.getPrototypeOf(socket) === Socket.prototype &&
  !socket.destroyed &&
  socket.readable &&
  socket.writable &&
  socket.readableLength === 0 &&
  socket.writableLength === 0 &&
  socket.listenerCount('data') === 0 &&
  !socket.isPaused();

/** A socket that has that handle; undefined where Node makes none. */
function made(options: SocketConstructorOpts & { readonly handle: object }): Socket | undefined {
  try {
    const socket = new Socket(options);
    // After an error it closes; unheard, that would end the process.
    socket.on('error', () => {});
    if (Reflect.get(socket, '_handle') === options.handle) return socket;
    socket.destroy();
  } catch {
    // So it is with a Node to come.
  }
  return undefined;
}

/** What Node calls the handle of a socket, its connection, if it can be read in place. */
function handleOf(socket: Socket): object | undefined {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) return undefined;
  return typeof handle.useUserBuffer === 'function' ? handle : undefined;
}
