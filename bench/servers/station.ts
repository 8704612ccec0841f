import { defineThing, type Exposure, expose, state } from '@thingwright/core';
import * as t from 'typebox';
import { readingOf } from '../wire.js';

const number = { schema: t.Number({ unit: 'Cel', minimum: -40, maximum: 85 }), readOnly: true } as const;

const Station = defineThing({
  title: 'Station',
  description: 'A weather station with one compound reading and its values one by one',
  properties: {
    reading: { schema: t.Object({ seq: t.Integer(), at: t.Integer(), level: t.Number() }), readOnly: true },
    air: { title: 'Air temperature', ...number },
    ground: { title: 'Ground temperature', ...number },
    water: { title: 'Water temperature', ...number },
    target: { title: 'Wanted temperature', schema: t.Number({ unit: 'Cel' }) },
  },
  actions: {
    reset: { title: 'Begin anew', synchronous: true },
    calibrate: {
      title: 'Calibrate',
      input: t.Object({ reference: t.Number() }),
      output: t.Object({ drift: t.Number() }),
    },
  },
  events: { frost: { title: 'It freezes', data: t.Object({ air: t.Number() }) } },
});

/** A Thing of a usual size that stands still. */
export const station: Exposure = expose(Station, () => ({
  properties: {
    reading: state(readingOf(0, 1)).value,
    air: state(21.5).value,
    ground: state(12.25).value,
    water: state(16).value,
    target: state(20),
  },
  actions: { reset: () => {}, calibrate: () => ({ drift: 0 }) },
  events: { frost: state<{ air: number }>().value },
}));
