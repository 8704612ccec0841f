import type { Sockets } from './socket.js';

/** WebSockets of a browser: no headers, no pings, and a refusal looks like a network that failed. */
export const sockets: Sockets = {
  canSendHeaders: false,
  openSocket({ url, protocols }, events) {
    const socket = new WebSocket(url, [...protocols]);
    let isOver = false;
    const end = (code: number, reason: string): void => {
      if (isOver) return;
      isOver = true;
      events.close({ code, reason });
    };
    socket.addEventListener('open', () => {
      if (!isOver) events.open(socket.protocol);
    });
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (!isOver) events.message(typeof data === 'string' ? data : undefined);
    });
    // It says nothing that the close after it does not; without a listener some platforms take it for a crash.
    socket.addEventListener('error', () => {});
    socket.addEventListener('close', ({ code, reason }) => end(code, reason));
    return {
      send: (text) => socket.send(text),
      close: (code, reason) => socket.close(code, reason),
      terminate() {
        socket.close();
        end(1006, 'given up');
      },
    };
  },
};
