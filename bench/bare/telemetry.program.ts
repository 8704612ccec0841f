/** Devices that send samples, and who reads them, written with `ws`: parse, keep the last, stringify for each reader. */
import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { openAcknowledgements } from '../harness/acknowledge.js';
import { obey } from '../harness/commands.js';
import type { Sample } from '../sample.js';
import { openBareSocket } from './bare-socket.js';

interface Reader {
  readonly ws: WebSocket;
  readonly correlationID: string;
}

const last = new Map<string, Sample>();
const readersOf = new Map<string, Reader[]>();
const ids = new Map<string, string>();
const acknowledgements = await openAcknowledgements();

function acceptDevice(ws: WebSocket, name: string): void {
  ws.on('message', (data: Buffer) => {
    const sample: Sample = JSON.parse(data.toString());
    last.set(name, sample);
    acknowledgements.done();
    const readers = readersOf.get(name);
    if (!readers) return;
    const now = new Date().toISOString();
    const notification = {
      thingID: ids.get(name),
      messageID: randomUUID(),
      messageType: 'notification',
      name: 'telemetry',
      value: { ...sample, receivedAt: now },
      timestamp: now,
      operation: 'observeproperty',
    };
    for (const reader of readers)
      reader.ws.send(JSON.stringify({ ...notification, correlationID: reader.correlationID }));
  });
}

function acceptReader(ws: WebSocket): void {
  ws.on('message', (data: Buffer) => {
    const { thingID, operation, name, correlationID } = JSON.parse(data.toString());
    const device = `ems_${thingID.slice(-4)}`;
    ids.set(device, thingID);
    readersOf.set(device, [...(readersOf.get(device) ?? []), { ws, correlationID }]);
    const response = { thingID, messageID: randomUUID(), messageType: 'response', operation, name };
    ws.send(JSON.stringify({ ...response, correlationID }));
  });
}

const server = await openBareSocket((ws, path) => {
  const [, name] = /^\/ws\/device\/(.+)$/.exec(path) ?? [];
  if (name === undefined) acceptReader(ws);
  else acceptDevice(ws, name);
});

obey({
  open: () => ({ port: server.port, acknowledge: acknowledgements.port }),
  sum: () => ({ sum: [...last.values()].reduce((sum, { battery, grid }) => sum + battery.soc + grid.power, 0) }),
});
