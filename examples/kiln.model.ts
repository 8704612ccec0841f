import { defineThing } from '@thingwright/core';
import * as t from 'typebox';

const Celsius = t.Number({ minimum: 0, maximum: 1300, unit: 'Cel' });

/** A small kiln: the declaration that the server and its clients share. */
export const Kiln = defineThing({
  title: 'Kiln',
  properties: {
    temperature: { schema: Celsius, readOnly: true },
    lid: { schema: t.Enum(['open', 'closed']) },
  },
  actions: {
    fire: {
      description: 'Heats the kiln to a temperature.',
      input: t.Object({ to: Celsius }),
      progress: t.Object({ percent: t.Integer({ minimum: 0, maximum: 100 }) }),
      output: t.Object({ reached: Celsius }),
    },
  },
  events: { overheated: { data: t.Object({ temperature: Celsius }) } },
});
