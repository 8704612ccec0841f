/** A Thing: run it with `npx tsx --conditions=source examples/01-thing.ts`, stop it with Ctrl-C. PORT says where it listens. */
import { once } from 'node:events';
import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { serve } from '@thingwright/listener';
import { kiln } from './kiln.js';

const bindings = [http({ port: Number(process.env.PORT ?? 8080) }), websocket()];
await using site = await serve({ things: { kiln }, bindings });
console.log(`${site.url}/things/kiln`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
