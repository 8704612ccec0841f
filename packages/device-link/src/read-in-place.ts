import { Socket, type SocketConstructorOpts } from 'node:net';
import { markAsUntransferable } from 'node:worker_threads';
import type { Upgrade } from '@thingwright/listener';

/** As much as Node reads from a socket at once. */
const READ_AT_ONCE = 65_536;

/** From so many bytes on memory of their own is worth while. */
export const MANY = READ_AT_ONCE / 2;

/** For how long bytes are what they are: `passing` ones only during the call. */
export type Validity = 'kept' | 'passing';

/** Takes bytes, which may be written to. Tells whether {@link MANY} are to come that will be kept, and then are given as `kept`, if they come at once. */
export type Take = (bytes: Buffer, validity: Validity) => boolean;

/** A socket, and what it says besides its `data`. */
export interface Source {
  readonly socket: Socket;
  /** Names the one who takes what is read in place, of which no `data` tells; before that it is dropped. */
  lead(take: Take): void;
}

/** Makes the memory that many sockets are read into, one after the other. */
export function placeToRead(): Buffer {
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
 * that have come, or wait to leave) the socket is used as it is.
 */
export function readInPlace({ request, socket: accepted }: Upgrade, place: Buffer): Source {
  const handle = isUntouched(accepted) ? handleOf(accepted) : undefined;
  if (!handle) return { socket: accepted, lead() {} };
  let take: Take = () => false;
  /** While there is much to keep. */
  let own: Buffer | undefined;
  const callback = (length: number): boolean => {
    const bytes = (own ?? place).subarray(0, length);
    // For a few bytes it would hold far too much.
    const isGiven = own !== undefined && length >= MANY;
    try {
      const isLong = take(bytes, isGiven ? 'kept' : 'passing');
      if (isGiven || !isLong) own = undefined;
      if (isLong) own ??= Buffer.allocUnsafeSlow(READ_AT_ONCE);
    } catch (error) {
      // It would end the process.
      socket?.destroy(error instanceof Error ? error : new Error(String(error)));
    }
    return true;
  };
  const { allowHalfOpen } = accepted;
  const options = {
    handle,
    allowHalfOpen,
    readable: true,
    writable: true,
    onread: { buffer: () => own ?? place, callback },
  };
  const socket = made(options);
  if (!socket) return { socket: accepted, lead() {} };
  // A socket that was asked for it knows it also without a handle, as after its end.
  for (const { remoteAddress } of [accepted, socket]) void remoteAddress;
  accepted.setTimeout(0);
  Reflect.set(accepted, '_handle', null);
  accepted.on('error', () => {}).once('close', () => socket.destroy());
  socket.once('close', () => accepted.destroy());
  request.socket = socket;
  return {
    socket,
    lead(taker) {
      take = taker;
    },
  };
}

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
