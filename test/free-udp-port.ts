import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A UDP port that nobody had a moment ago: multicast DNS needs one that all who take part know. */
export async function freeUDPPort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
