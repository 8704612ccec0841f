import { websocket } from '@thingwright/binding-websocket';
import { type Authenticate, createMeter, type Memory, type Policy, type Principal } from '@thingwright/core';
import { type Binding, type Served, type ServeOptions, serve } from '@thingwright/listener';

/** Who all readers of the bench are. */
export const READER: Principal = {
  id: 'user:reader',
  kind: 'user',
  grants: [{ role: 'viewer', organization: 'acme' }],
};
const READING = new Set(['describe', 'readproperty', 'observeproperty', 'subscribeevent']);

/** Knows the bench's one token. */
export const authenticate: Authenticate = (credentials) =>
  credentials.kind === 'bearer' && credentials.token === 'bench' ? { principal: READER } : undefined;

/** Who is in the organization may read. */
export const policy: Policy = ({ principal, operation }) =>
  principal.grants.some(
    ({ organization, role }) => organization === 'acme' && (role === 'admin' || READING.has(operation)),
  );

/** Serves Things over the Web Thing Protocol, to whoever brings the bench's token, as a gateway does. */
export async function serveSockets(
  things: ServeOptions['things'],
  more: readonly Binding[] = [],
  memory?: Memory,
): Promise<{ readonly port: number; readonly served: Served }> {
  const bindings = [websocket({ messagesPerSecond: Number.POSITIVE_INFINITY }), ...more];
  const listen = { port: 0, host: '127.0.0.1' };
  // Counted as in a gateway.
  const remembered = memory ? { memory } : {};
  const served = await serve({ things, bindings, authenticate, policy, meter: createMeter(), listen, ...remembered });
  return { served, port: Number(new URL(served.url).port) };
}
