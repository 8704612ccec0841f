/**
 * A Thing that nobody has to be told of: it announces itself by DNS-SD, and a client finds it. Here both are in one program, on one machine:
 * `npx tsx --conditions=source examples/10-discover.ts [address of a network interface]`.
 */
import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { consume } from '@thingwright/client';
import { openDnsSD } from '@thingwright/directory/introduction';
import { serve } from '@thingwright/listener';
import { filter, firstValueFrom, mergeMap } from 'rxjs';
import { kiln } from './kiln.js';
import { Kiln } from './kiln.model.js';

const [address = '127.0.0.1'] = process.argv.slice(2);
await using site = await serve({ things: { kiln }, bindings: [http({ host: address, port: 0 }), websocket()] });
await using network = await openDnsSD({ interfaces: [address] });
const port = Number(new URL(site.url).port);
const { name } = await network.announce({ name: 'Kiln', port, td: '/things/kiln', type: 'Thing', scheme: 'http' });

using browser = network.browse();
const found = await firstValueFrom(
  browser.introductions.pipe(
    mergeMap((all) => all),
    filter(({ label }) => label === name),
  ),
);
await using remote = await consume(Kiln, found.url);
console.log(`${found.label}: ${await remote.properties.temperature.read()} degrees, at ${found.url}`);
