/**
 * A client that observes: `npx tsx --conditions=source examples/02-observe.ts [TD URL]`. It ends after five values,
 * which come while 03 fires the kiln.
 */
import { consume } from '@thingwright/client';
import { lastValueFrom, take, tap } from 'rxjs';
import { Kiln } from './kiln.model.js';

await using kiln = await consume(Kiln, process.argv[2] ?? 'http://127.0.0.1:8080/things/kiln');
kiln.connection.subscribe(({ state }) => console.log(`connection: ${state}`));
await lastValueFrom(
  kiln.properties.temperature.pipe(
    take(5),
    tap((celsius) => console.log(`${celsius} degrees`)),
  ),
);
