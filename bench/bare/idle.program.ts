/** Sockets of `ws` with nothing to do. */
import { obey } from '../harness/commands.js';
import { openBareSocket } from './bare-socket.js';

const server = await openBareSocket((ws) => {
  ws.on('message', () => {});
});

obey({ open: () => ({ port: server.port }) });
