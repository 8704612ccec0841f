/** A JSON echo written with `ws`. */
import { obey } from '../harness/commands.js';
import { openBareSocket } from './bare-socket.js';

const server = await openBareSocket((ws) => {
  ws.on('message', (data: Buffer) => ws.send(JSON.stringify(JSON.parse(data.toString()))));
});

obey({ open: () => ({ port: server.port }) });
