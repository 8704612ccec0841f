import { type Binding, type ListenOptions, problemOf } from '@thingwright/listener';
import {
  AFFORDANCE_PREFIXES,
  SHARED_SOCKET_PATH,
  webThingProtocolForms,
  withAffordance,
} from '@thingwright/web-thing-protocol';
import { LABTHINGS_PATH } from '@thingwright/web-thing-protocol/legacy';
import { Endpoint } from './endpoint.js';
import { type ConnectionLimits, DEFAULT_LIMITS } from './limits.js';

/** How Things are served over WebSockets. */
export interface WebSocketOptions extends Partial<ConnectionLimits> {
  /** Where to listen, if no other binding of the program says so. */
  readonly listen?: ListenOptions;
}

/**
 * Serves Things over WebSockets: on `/things` every Thing that the caller may see, on `/things/{name}` that one, in the Web
 * Thing Protocol or, with the sub-protocol `webthing` or none, in WebThings' dialect; on `/things/{name}/ws` that one in
 * LabThings' dialect. Upgrades with sub-protocols that do not fit are refused with 400, without credentials with 401.
 */
export function websocket(options: WebSocketOptions = {}): Binding {
  const { listen, ...limits } = options;
  return {
    ...(listen ? { listen } : {}),
    open(site, listener) {
      if (site.strict) site.addForms(webThingProtocolForms);
      else site.addForms(withAffordance(webThingProtocolForms), AFFORDANCE_PREFIXES);
      const endpoint = new Endpoint(site, listener, { ...DEFAULT_LIMITS, ...limits });
      const ofOneThing = `${SHARED_SOCKET_PATH}/:name`;
      const ofLabThings = `${ofOneThing}/${LABTHINGS_PATH}`;
      listener.upgrade(SHARED_SOCKET_PATH, (upgrade) => endpoint.accept(upgrade, 'things'));
      listener.upgrade(ofOneThing, (upgrade) => endpoint.accept(upgrade, 'things'));
      listener.upgrade(ofLabThings, (upgrade) => endpoint.accept(upgrade, 'ws'));
      listener.fastify.get(ofLabThings, (_request, reply) =>
        reply
          .code(426)
          .headers({ upgrade: 'websocket', connection: 'upgrade', 'content-type': 'application/problem+json' })
          .send(Buffer.from(JSON.stringify(problemOf(426, 'This is the address of a WebSocket')))),
      );
    },
  };
}
