/** Fastify alone, with the same answers: a value that it writes as JSON, and the bytes of a TD that somebody prepared. */
import { httpForms } from '@thingwright/binding-http';
import { createSite } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import createFastify from 'fastify';
import { obey } from '../harness/commands.js';
import { READER } from '../servers/serve-sockets.js';
import { station } from '../servers/station.js';
import { readingOf, STATION } from '../wire.js';

const value = readingOf(0, 1);
const fastify = createFastify();
await using site = createSite({ compileCheck });
site.addForms(httpForms);
const thing = site.add('station', station, { id: STATION });
const description = Buffer.from(JSON.stringify(site.describe(thing, 'http://127.0.0.1:10000', READER)));
fastify.get('/things/:name/properties/:property', (_request, reply) => {
  reply.send(value);
});
fastify.get('/things/:name', (_request, reply) => {
  reply.header('content-type', 'application/td+json').send(description);
});
const url = await fastify.listen({ port: 0, host: '127.0.0.1' });

obey({ open: () => ({ port: Number(new URL(url).port) }) });
