/**
 * Bundles the page and serves it beside a kiln: `npx tsx --conditions=source examples/04-browser-page/serve.ts`, then open
 * the address that it prints. PORT says where it listens.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import type { Binding } from '@thingwright/listener';
import { serve } from '@thingwright/listener';
import { build } from 'esbuild';
import { kiln } from '../kiln.js';

const bundle = await build({
  entryPoints: [new URL('page.ts', import.meta.url).pathname],
  bundle: true,
  format: 'esm',
  platform: 'browser',
  conditions: ['source'],
  write: false,
});
const html = await readFile(new URL('index.html', import.meta.url), 'utf8');

/** Answers forbid browsers to run anything, unless they say otherwise: this page runs its own script and asks its own server. */
const policy = "default-src 'self'; connect-src 'self' ws: wss:; frame-ancestors 'none'";

const page: Binding = {
  open(_, { fastify }) {
    fastify.get('/', (_request, reply) =>
      reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(html),
    );
    fastify.get('/page.js', (_request, reply) => reply.type('text/javascript').send(bundle.outputFiles[0]?.text));
  },
};

const bindings = [http({ port: Number(process.env.PORT ?? 8080) }), websocket(), page];
await using site = await serve({ things: { kiln }, bindings });
console.log(`${site.url}/`);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
