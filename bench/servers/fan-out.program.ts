/** The same property as in `bare/`, declared as a Thing. */
import { defineThing, expose, state } from '@thingwright/core';
import * as t from 'typebox';
import { obey } from '../harness/commands.js';
import { openTrigger } from '../harness/trigger.js';
import { type Reading, readingOf, STATION } from '../wire.js';
import { serveSockets } from './serve-sockets.js';

const Station = defineThing({
  title: 'Station',
  properties: {
    reading: { schema: t.Object({ seq: t.Integer(), at: t.Integer(), level: t.Number() }), readOnly: true },
  },
});

const reading = state<Reading>();
const { port } = await serveSockets({
  station: { id: STATION, exposure: expose(Station, () => ({ properties: { reading: reading.value } })) },
});
const trigger = await openTrigger((n, at) => reading.set(readingOf(n, at)));

obey({
  open: () => ({ port, trigger: trigger.port }),
  burst: trigger.burst,
  pace: trigger.pace,
});
