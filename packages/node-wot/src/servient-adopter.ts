import { type ProtocolClientFactory, Servient } from '@node-wot/core';
import { type Described, type Exposure, isMembers, type Log } from '@thingwright/core';
import { adopt } from './adopt.js';
import { guardedClientFactory, type ReachableAddresses } from './guarded-client-factory.js';

/** What a {@link servientAdopter} needs for one Thing. */
export interface ServientAdoption {
  /** As node-wot takes them: `{ token }`, `{ username, password }` or `{ apiKey }`. */
  readonly credentials?: object | undefined;
  /** Milliseconds. */
  readonly pollInterval: number;
  readonly addresses: ReachableAddresses;
  readonly log: Log;
}

/** Adopts foreign Things over node-wot's client bindings; an adopter of a gateway. */
export interface ServientAdopter {
  readonly name: string;
  /** The schemes of its forms: `coap`, `modbus+tcp`. */
  readonly schemes: readonly string[];
  /** Whether every affordance of a TD has a form over one of the schemes. */
  canAdopt(td: Described): boolean;
  /** Makes it a Thing of ours. Rejects with a ThingError `invalid`. Disposing closes what its clients have open. */
  adopt(td: Described, adoption: ServientAdoption): Promise<Exposure & AsyncDisposable>;
}

/** Milliseconds between two questions at least whether what was pushed still holds. */
const LEAST_CHECK = 5000;

/** Makes an adopter out of node-wot's client factories, which are asked for a client for each Thing. */
export function servientAdopter(factories: readonly ProtocolClientFactory[]): ServientAdopter {
  const schemes = factories.map(({ scheme }) => scheme);
  return {
    name: 'node-wot',
    schemes,
    canAdopt: (td) => affordancesOf(td).every((affordance) => isReachable(affordance, td, schemes)),
    async adopt(td, { credentials, pollInterval, addresses, log }) {
      // Its own Servient: node-wot keeps credentials by the id of the TD, which two of them may share.
      const servient = new Servient();
      for (const factory of factories) servient.addClientFactory(guardedClientFactory(factory, addresses));
      const id = typeof td.id === 'string' ? td.id : 'urn:thingwright:adopted';
      if (credentials) servient.addCredentials({ [id]: credentials });
      const checkInterval = Math.max(LEAST_CHECK, 10 * pollInterval);
      const options = { pollInterval, checkInterval, checksPatterns: false, log };
      const exposure = await adopt({ ...td, id }, servient, options);
      return { ...exposure, [Symbol.asyncDispose]: () => servient.shutdown() };
    },
  };
}

const affordancesOf = ({ properties, actions, events }: Described): readonly unknown[] =>
  [properties, actions, events].flatMap((group) => (isMembers(group) ? Object.values(group) : []));

function isReachable(affordance: unknown, { base }: Described, schemes: readonly string[]): boolean {
  const forms = isMembers(affordance) && Array.isArray(affordance.forms) ? affordance.forms : [];
  return forms.some((form: unknown) => {
    if (!isMembers(form) || typeof form.href !== 'string' || form.subprotocol === 'sse') return false;
    const href = form.href;
    if (!URL.canParse(href, typeof base === 'string' ? base : undefined)) return false;
    const { protocol } = new URL(href, typeof base === 'string' ? base : undefined);
    return schemes.includes(protocol.slice(0, -1));
  });
}
