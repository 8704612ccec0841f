/** Fastify alone, with the same answers, headers and all: a value that it writes as JSON, and the bytes of a TD that somebody prepared. */
import { httpForms } from '@thingwright/binding-http';
import { createSite } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import createFastify from 'fastify';
import { obey } from '../harness/commands.js';
import { READER } from '../servers/serve-sockets.js';
import { station } from '../servers/station.js';
import { readingOf, STATION } from '../wire.js';

const value = readingOf(0, 1);
const ofAll = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  vary: 'Accept',
};
const ofProperty = { ...ofAll, 'value-time': '2026-01-31T12:00:10.000000Z' };
const ofDescription = {
  ...ofAll,
  'content-type': 'application/td+json',
  'cache-control': 'private, no-cache',
  etag: '"drHIdp23uMX_w_Nk5tfns2yS1Zk"',
};
const fastify = createFastify();
await using site = createSite({ compileCheck });
site.addForms(httpForms);
const thing = site.add('station', station, { id: STATION });
const description = Buffer.from(JSON.stringify(site.describe(thing, 'http://127.0.0.1:10000', READER)));
fastify.get('/things/:name/properties/:property', (_request, reply) => {
  reply.headers(ofProperty).send(value);
});
fastify.get('/things/:name', (_request, reply) => {
  reply.headers(ofDescription).send(description);
});
const url = await fastify.listen({ port: 0, host: '127.0.0.1' });

obey({ open: () => ({ port: Number(new URL(url).port) }) });
