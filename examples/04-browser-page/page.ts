/** The script of the page: it observes the kiln with the same client and the same types as a program does. */
import { consume } from '@thingwright/client';
import { Kiln } from '../kiln.model.js';

const show = (id: string, text: string): void => {
  const element = document.getElementById(id);
  if (element) element.textContent = text;
};

const url = new URLSearchParams(location.search).get('td') ?? new URL('/things/kiln', location.href).href;
const kiln = await consume(Kiln, url);
kiln.connection.subscribe(({ state }) => show('connection', state));
kiln.properties.temperature.subscribe((celsius) => show('temperature', String(celsius)));
kiln.events.overheated.subscribe(({ temperature }) => show('overheated', String(temperature)));
document.getElementById('fire')?.addEventListener('click', () => {
  const firing = kiln.actions.fire({ to: 1100 });
  firing.progress.subscribe(({ percent }) => show('progress', `${percent} %`));
  firing.output.then(
    ({ reached }) => show('progress', `reached ${reached}`),
    (error: unknown) => show('progress', String(error)),
  );
});
