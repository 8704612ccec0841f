import type { Socket } from 'node:net';

/**
 * Ends a connection by RST, at once, whatever still waits to leave. Node's `resetAndDestroy` first lets all that leave, and
 * closes in order before it resets; the member by which it tells `destroy` to reset is the only way to do without.
 */
export function resetSocket(socket: Socket): void {
  Reflect.set(socket, 'resetAndClosing', true);
  socket.destroy();
}
