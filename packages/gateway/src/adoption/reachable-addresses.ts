import { lookup as lookUp, promises } from 'node:dns';
import { type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Duplex } from 'node:stream';
import { ThingError } from '@thingwright/core';

/**
 * Which addresses foreign Things may have. A Thing Description is a stranger's, and could send the gateway to services that only
 * its own network can see. Asked at each connection: a name may lead elsewhere by then, and so may a redirection.
 */
export interface ReachableAddresses {
  /** An address of a host. Rejects with a ThingError `forbidden`, or `unavailable` for a name that nobody knows. */
  addressOf(host: string): Promise<string>;
  /** Open connections to such addresses alone. */
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpsAgent;
}

/** Special-purpose networks (IANA registries, RFC 6890): not of the public internet, or ways around it. */
const SPECIAL = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4', '::/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '2001::/23'],
  ...['2001:db8::/32', '2002::/16', '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
  ...['::ffff:0:0:0/96', '100:0:0:1::/64'],
];

/**
 * Lets through all public addresses, and of the others those in `networks` (addresses, or `192.168.1.0/24`).
 * @throws TypeError for what is no network.
 */
export function createReachableAddresses(networks: readonly string[] = []): ReachableAddresses {
  const special = listOf(SPECIAL);
  const allowed = listOf(networks);

  const refusal = (address: string, host: string): ThingError | undefined => {
    const [bare = ''] = address.split('%');
    const family = isIP(bare) === 6 ? 'ipv6' : 'ipv4';
    if (allowed.check(bare, family) || !special.check(bare, family)) return undefined;
    const where = host === address ? `The address ${address}` : `The address ${address} of '${host}'`;
    return new ThingError(
      'forbidden',
      `${where} is not public; the gateway's operator may allow it (--allow-private-addresses)`,
    );
  };

  const lookup: LookupFunction = (host, options, callback) => {
    lookUp(host, { ...options, all: true }, (error, found) => {
      const refused = error ?? found.map(({ address }) => refusal(address, host)).find((one) => one !== undefined);
      const [first] = found ?? [];
      if (refused || !first) callback(refused ?? new Error(`${host} has no address`), '', 0);
      else if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };

  /** Names are looked up by the function above; what is an address already is never looked up. */
  const literalRefusal = ({ host }: ClientRequestArgs): ThingError | undefined =>
    host && isIP(host) ? refusal(host, host) : undefined;

  return {
    async addressOf(host) {
      const bare = host.replace(/^\[(.*)\]$/, '$1');
      const found = isIP(bare) ? [{ address: bare }] : await addressesOf(bare);
      for (const { address } of found) {
        const refused = refusal(address, bare);
        if (refused) throw refused;
      }
      return found[0]?.address ?? bare;
    },
    httpAgent: new GuardedHttpAgent(literalRefusal, lookup),
    httpsAgent: new GuardedHttpsAgent(literalRefusal, lookup),
  };
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family);
  }
  return list;
}

const addressesOf = (host: string): Promise<readonly { readonly address: string }[]> =>
  promises.lookup(host, { all: true }).catch((cause: unknown) => {
    throw new ThingError('unavailable', `There is no address of '${host}'`, { cause });
  });

type LiteralRefusal = (options: ClientRequestArgs) => ThingError | undefined;
type Connected = (error: Error | null, stream: Duplex) => void;

class GuardedHttpAgent extends HttpAgent {
  readonly #refusal: LiteralRefusal;

  constructor(refusal: LiteralRefusal, lookup: LookupFunction) {
    super({ lookup });
    this.#refusal = refusal;
  }

  override createConnection(options: ClientRequestArgs, callback?: Connected): Duplex | null | undefined {
    const refused = this.#refusal(options);
    if (!refused) return super.createConnection(options, callback);
    return refuse(refused, callback);
  }
}

class GuardedHttpsAgent extends HttpsAgent {
  readonly #refusal: LiteralRefusal;

  constructor(refusal: LiteralRefusal, lookup: LookupFunction) {
    super({ lookup });
    this.#refusal = refusal;
  }

  override createConnection(options: ClientRequestArgs, callback?: Connected): Duplex | null | undefined {
    const refused = this.#refusal(options);
    if (!refused) return super.createConnection(options, callback);
    return refuse(refused, callback);
  }
}

/** Node gives a callback, and looks at the error alone. */
function refuse(refused: ThingError, callback: Connected | undefined): undefined {
  if (!callback) throw refused;
  callback(refused, new Duplex());
}
