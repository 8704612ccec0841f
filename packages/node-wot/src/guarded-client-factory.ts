import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { isIPv6 } from 'node:net';
import type { Form, ProtocolClient, ProtocolClientFactory } from '@node-wot/core';
import { ThingError } from '@thingwright/core';
import { boundedContent } from './bounded-content.js';

/** Which addresses may be reached, asked at each connection: a name may lead elsewhere by then. */
export interface ReachableAddresses {
  /** An address of a host. Rejects with a ThingError `forbidden`, or `unavailable` for a name that nobody knows. */
  addressOf(host: string): Promise<string>;
  /** Open connections to such addresses alone. */
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

/**
 * Makes a client factory of node-wot one whose clients connect only where they may. Those for HTTP are given an agent, which holds
 * for redirections too; all others a form with an address in place of the host's name.
 */
export const guardedClientFactory = (
  factory: ProtocolClientFactory,
  addresses: ReachableAddresses,
): ProtocolClientFactory => ({
  scheme: factory.scheme,
  getClient: () => {
    const client = factory.getClient();
    if (factory.scheme === 'http') return overAgent(client, addresses.httpAgent);
    if (factory.scheme === 'https') return overAgent(client, addresses.httpsAgent);
    return atAddress(client, addresses);
  },
  init: () => factory.init(),
  destroy: () => factory.destroy(),
});

function overAgent(client: ProtocolClient, agent: HttpAgent): ProtocolClient {
  // It is private there; another binding than the one known has to fail, not to connect anywhere.
  if (!('agent' in client) || !Reflect.set(client, 'agent', agent)) {
    throw new TypeError("this version of node-wot's HTTP binding takes no agent");
  }
  const delegated = delegating(client, async (form) => form);
  return {
    ...delegated,
    subscribeResource: (form, next, error, complete) => {
      // Its event streams go by a library that takes no agent.
      if (form.subprotocol !== 'sse') return delegated.subscribeResource(form, next, error, complete);
      return Promise.reject(new ThingError('notAllowed', "Event streams are not read by node-wot's binding"));
    },
    // The agent is not the client's own.
    stop: async () => undefined,
  };
}

const atAddress = (client: ProtocolClient, { addressOf }: ReachableAddresses): ProtocolClient =>
  delegating(client, async (form) => {
    const { hostname } = new URL(form.href);
    const address = await addressOf(hostname);
    return Object.assign({}, form, { href: form.href.replace(hostname, isIPv6(address) ? `[${address}]` : address) });
  });

/** A client that asks for the form to use before each use, and whose answers are no longer than they may be. */
const delegating = (client: ProtocolClient, use: (form: Form) => Promise<Form>): ProtocolClient => ({
  readResource: async (form) => boundedContent(await client.readResource(await use(form))),
  writeResource: async (form, content) => client.writeResource(await use(form), content),
  invokeResource: async (form, content) => boundedContent(await client.invokeResource(await use(form), content)),
  unlinkResource: async (form) => client.unlinkResource(await use(form)),
  subscribeResource: async (form, next, error, complete) =>
    client.subscribeResource(await use(form), (content) => next(boundedContent(content)), error, complete),
  requestThingDescription: () => Promise.reject(new ThingError('notAllowed', 'Descriptions are not asked for here')),
  start: () => client.start(),
  stop: () => client.stop(),
  setSecurity: (metadata, credentials) => client.setSecurity(metadata, credentials),
});
