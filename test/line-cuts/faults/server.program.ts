/** Serves all stations over WebSockets and HTTP. */
import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { serve } from '@thingwright/listener';
import { STATIONS } from './group.js';
import { obey } from './obey.js';
import { runStation } from './station.js';

const stations = Object.entries(STATIONS).map(([name, pace]) => ({ name, station: runStation(pace) }));
const served = await serve({
  things: Object.fromEntries(stations.map(({ name, station }) => [name, station.exposure])),
  // All so little that lines which are gone, stall or are slow get to the limits within seconds.
  journal: { count: 200 },
  bindings: [websocket({ maxBuffered: 65_536, queuedEvents: 30 }), http()],
  listen: { port: 0, host: '127.0.0.1' },
});

obey({
  open: () => ({ port: Number(new URL(served.url).port) }),
  stop: () => Object.fromEntries(stations.map(({ name, station }) => [name, station.stop()])),
  close: () => served[Symbol.asyncDispose](),
});
