import { type ThingDescription, ThingError } from '@thingwright/core';
import {
  formatLinks,
  introducingLink,
  LINK_FORMAT,
  LINKS_PATH,
  WELL_KNOWN_PATH,
} from '@thingwright/directory/introduction';
import { type Binding, problemOf } from '@thingwright/listener';
import type { Store } from '@thingwright/store';
import { ADMIN } from './identity/authentication.js';

/** Name of the gateway's own Thing. */
export const GATEWAY_NAME = 'gateway';

/**
 * What is open without credentials: `/livez` (the process answers), `/readyz` (it can serve, its store can be written; else which
 * of these it cannot), and
 * `/.well-known/wot`, the gateway's TD (Discovery, section 6.1.2), with `/.well-known/core`, a link to it in the CoRE Link Format
 * (section 6.4). HEAD goes with GET.
 */
export const gatewayRoutes = (store: Pick<Store, 'check'>): Binding => ({
  open(site, listener) {
    const { fastify } = listener;

    fastify.get('/livez', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return { status: 'ok' };
    });

    fastify.get('/readyz', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      const checks = { doors: listener.closing.aborted ? 'closing' : 'ok', store: await stateOf(store) };
      const notReady = Object.entries(checks).filter(([, state]) => state !== 'ok');
      if (notReady.length === 0) return { status: 'ok', checks };
      const detail = `Not ready: ${notReady.map(([name]) => name).join(', ')}`;
      return reply
        .code(503)
        .header('content-type', 'application/problem+json')
        .send(Buffer.from(JSON.stringify({ ...problemOf(503, detail), checks })));
    });

    const links = formatLinks([introducingLink(WELL_KNOWN_PATH, 'Directory')]);
    fastify.get(LINKS_PATH, async (_request, reply) => reply.type(LINK_FORMAT).send(links));

    fastify.get(WELL_KNOWN_PATH, async ({ raw }, reply) => {
      const gateway = site.things.get(GATEWAY_NAME);
      if (!gateway) throw new ThingError('unavailable', 'The gateway is closing');
      // Shown to everybody as it is for those who may use it: it tells how to authenticate, and nothing of the devices.
      const origin = listener.originOf(raw);
      const td = asDirectory(site.describe(gateway, origin, ADMIN), origin);
      return reply.type('application/td+json').send(JSON.stringify(td));
    });
  },
});

/**
 * A description of the gateway by which clients of directories that go by affordances (node-wot's `exploreDirectory`) find the list:
 * the property `things` of the Directory API's Thing Model. It is had at its address alone, and is no property of the gateway's Thing.
 */
const asDirectory = (td: ThingDescription, origin: string): ThingDescription => ({
  ...td,
  properties: {
    ...td.properties,
    things: {
      title: 'Things',
      description: 'The Thing Descriptions that the caller may see.',
      type: 'array',
      items: { type: 'object' },
      readOnly: true,
      observable: false,
      forms: [{ href: `${origin}/things`, op: ['readproperty'], contentType: 'application/json' }],
    },
  },
});

/** Everybody may read this: why the store fails is for the log and for metrics. */
async function stateOf(store: Pick<Store, 'check'>): Promise<'ok' | 'failing'> {
  try {
    await store.check();
    return 'ok';
  } catch {
    return 'failing';
  }
}
