import { once } from 'node:events';
import { type WebSocket, WebSocketServer } from 'ws';

/** A port with nothing but `ws` behind it. */
export async function openBareSocket(
  accept: (ws: WebSocket, path: string) => void,
): Promise<{ readonly port: number }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, clientTracking: false });
  server.on('connection', (ws, request) => accept(ws, request.url ?? ''));
  await once(server, 'listening');
  const address = server.address();
  return { port: address !== null && typeof address === 'object' ? address.port : 0 };
}
