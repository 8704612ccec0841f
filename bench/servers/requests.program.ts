/** A property to be read. */
import { defineThing, expose, state } from '@thingwright/core';
import * as t from 'typebox';
import { obey } from '../harness/commands.js';
import { readingOf, STATION } from '../wire.js';
import { serveSockets } from './serve-sockets.js';

const Station = defineThing({
  title: 'Station',
  properties: {
    reading: { schema: t.Object({ seq: t.Integer(), at: t.Integer(), level: t.Number() }), readOnly: true },
  },
});

const reading = state(readingOf(0, 1));
const { port } = await serveSockets({
  station: { id: STATION, exposure: expose(Station, () => ({ properties: { reading: reading.value } })) },
});

obey({ open: () => ({ port }) });
