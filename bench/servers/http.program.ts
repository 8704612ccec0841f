/** A property and a Thing Description over HTTP. */
import { http } from '@thingwright/binding-http';
import { createMeter } from '@thingwright/core';
import { serve } from '@thingwright/listener';
import { obey } from '../harness/commands.js';
import { STATION } from '../wire.js';
import { authenticate, policy } from './serve-sockets.js';
import { station } from './station.js';

const served = await serve({
  things: { station: { id: STATION, exposure: station } },
  bindings: [http({ port: 0, host: '127.0.0.1' })],
  authenticate,
  policy,
  // Counted as in a gateway.
  meter: createMeter(),
});

obey({ open: () => ({ port: Number(new URL(served.url).port) }) });
