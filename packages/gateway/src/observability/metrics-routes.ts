import { ThingError } from '@thingwright/core';
import type { Binding } from '@thingwright/listener';
import { GATEWAY_NAME } from '../gateway-routes.js';
import type { Metrics } from './metrics.js';

/**
 * `/metrics` in Prometheus' text, for whoever may read a property `metrics` of the gateway's Thing: a viewer everywhere, or
 * somebody with a grant for just that.
 */
export const metricsRoutes = (metrics: Metrics): Binding => ({
  open(site, listener) {
    listener.fastify.get('/metrics', async ({ raw }, reply) => {
      const authentication = await listener.authenticate(raw);
      if (!authentication) throw new ThingError('unauthenticated', 'Metrics ask who you are');
      const { principal } = authentication;
      const thing = site.things.get(GATEWAY_NAME);
      if (!thing || !site.policy({ principal, thing, operation: 'readproperty', affordance: 'metrics' })) {
        throw new ThingError('forbidden', `${principal.id} may not read metrics`);
      }
      return reply
        .header('cache-control', 'no-store')
        .type(metrics.contentType)
        .send(await metrics.render());
    });
  },
});
