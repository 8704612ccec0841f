import type { Agent } from 'node:http';
import { WebSocket } from 'ws';
import type { SocketEnd, Sockets } from './socket.js';

/** Bytes of one message; more closes the socket with 1009. */
const MAX_PAYLOAD = 16 * 1024 * 1024;

/** How WebSockets of Node are opened. */
export interface NodeSocketOptions {
  /** Connects to a URL, for who must not reach every address; default: whatever Node does. */
  readonly agentFor?: (url: string) => Agent;
}

/** Makes WebSockets of Node, by `ws`: with headers, and with the status of a refusal. */
export const createNodeSockets = ({ agentFor }: NodeSocketOptions = {}): Sockets => ({
  canSendHeaders: true,
  openSocket({ url, protocols, headers }, events) {
    const socket = new WebSocket(url, [...protocols], {
      headers,
      ...(agentFor ? { agent: agentFor(url) } : {}),
      perMessageDeflate: false,
      maxPayload: MAX_PAYLOAD,
      // As in a browser, one message is done with before the next one: an answer is never overtaken by what follows it.
      allowSynchronousEvents: false,
    });
    let refusal: Pick<SocketEnd, 'status' | 'retryAfter'> = {};
    let cause: unknown;
    socket.on('open', () => events.open(socket.protocol));
    socket.on('message', (data, isBinary) => events.message(isBinary ? undefined : data.toString()));
    socket.on('ping', () => events.alive());
    socket.on('pong', () => events.alive());
    socket.on('unexpected-response', (_request, response) => {
      const retryAfter = Number(response.headers['retry-after'] ?? Number.NaN);
      refusal = { status: response.statusCode ?? 0, ...(Number.isFinite(retryAfter) ? { retryAfter } : {}) };
      response.resume();
      socket.terminate();
    });
    socket.on('error', (error) => {
      cause = error;
    });
    socket.on('close', (code, reason) => events.close({ code, reason: reason.toString(), ...refusal, cause }));
    return {
      send: (text) => socket.send(text),
      ping: () => socket.ping(),
      close: (code, reason) => socket.close(code, reason),
      terminate: () => socket.terminate(),
    };
  },
});

/** WebSockets of Node as they are. */
export const sockets = createNodeSockets();
