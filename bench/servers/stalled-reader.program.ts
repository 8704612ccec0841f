/** A property of 1 KB whose changes all readers get, as fast as those who read can take them. */
import { defineThing, expose, state } from '@thingwright/core';
import * as t from 'typebox';
import { obey } from '../harness/commands.js';
import { openTrigger } from '../harness/trigger.js';
import { STATION } from '../wire.js';
import { serveSockets } from './serve-sockets.js';

const Station = defineThing({
  title: 'Station',
  properties: { picture: { schema: t.Object({ n: t.Integer(), text: t.String() }), readOnly: true } },
});

const text = 'x'.repeat(1024);
const picture = state<{ readonly n: number; readonly text: string }>();
const { port } = await serveSockets({
  station: { id: STATION, exposure: expose(Station, () => ({ properties: { picture: picture.value } })) },
});
const trigger = await openTrigger((n) => picture.set({ n, text }));

obey({ open: () => ({ port, trigger: trigger.port }) });
