/** A property that a thousand sockets observe, written with `ws` for that one job. */
import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { obey } from '../harness/commands.js';
import { openTrigger } from '../harness/trigger.js';
import { readingOf, STATION } from '../wire.js';
import { openBareSocket } from './bare-socket.js';

const readers: { readonly ws: WebSocket; readonly correlationID: string }[] = [];

const server = await openBareSocket((ws) => {
  ws.on('message', (data: Buffer) => {
    const { name, operation, correlationID } = JSON.parse(data.toString());
    const response = { thingID: STATION, messageID: randomUUID(), messageType: 'response', operation, name };
    ws.send(JSON.stringify({ ...response, correlationID }));
    readers.push({ ws, correlationID });
  });
});

const trigger = await openTrigger((n, at) => {
  const notification = {
    thingID: STATION,
    messageID: randomUUID(),
    messageType: 'notification',
    name: 'reading',
    value: readingOf(n, at),
    timestamp: new Date().toISOString(),
    operation: 'observeproperty',
  };
  for (const { ws, correlationID } of readers) ws.send(JSON.stringify({ ...notification, correlationID }));
});

obey({
  open: () => ({ port: server.port, trigger: trigger.port }),
  burst: trigger.burst,
  pace: trigger.pace,
});
