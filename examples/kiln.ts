import { setTimeout as wait } from 'node:timers/promises';
import { expose, state, ThingError } from '@thingwright/core';
import { filter, map } from 'rxjs';
import { Kiln } from './kiln.model.js';

const temperature = state(20);
const lid = state<'open' | 'closed'>('closed');

/** The code of the kiln: a heater that is simulated, and a lid. */
export const kiln = expose(Kiln, () => ({
  properties: { temperature: temperature.value, lid },
  actions: {
    fire: {
      accept: () => {
        if (lid.get() === 'open') throw new ThingError('conflict', 'The lid is open');
      },
      run: async ({ to }, { signal, progress, log }) => {
        log(`firing to ${to} degrees`);
        for (let percent = 10; percent <= 100; percent += 10) {
          await wait(50, undefined, { signal });
          temperature.set(20 + ((to - 20) * percent) / 100);
          progress({ percent });
        }
        return { reached: to };
      },
    },
  },
  events: {
    overheated: temperature.value.pipe(
      filter((now) => now > 1000),
      map((now) => ({ temperature: now })),
    ),
  },
}));
