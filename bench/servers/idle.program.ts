/** A Thing of four properties that seldom change. */
import { defineThing, expose, state } from '@thingwright/core';
import * as t from 'typebox';
import { obey } from '../harness/commands.js';
import { STATION } from '../wire.js';
import { serveSockets } from './serve-sockets.js';

const number = { schema: t.Number(), readOnly: true } as const;
const Station = defineThing({
  title: 'Station',
  properties: { value0: number, value1: number, value2: number, value3: number },
});

const { port } = await serveSockets({
  station: {
    id: STATION,
    exposure: expose(Station, () => ({
      properties: {
        value0: state(0).value,
        value1: state(1).value,
        value2: state(2).value,
        value3: state(3).value,
      },
    })),
  },
});

obey({ open: () => ({ port }) });
