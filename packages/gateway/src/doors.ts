import type { ListenOptions } from '@thingwright/listener';
import type { OpenTls } from './tls/tls.js';

/** What of a gateway's options is about its doors. */
export type DoorOptions = Pick<
  ListenOptions,
  | 'port'
  | 'host'
  | 'publicUrl'
  | 'allowOrigins'
  | 'trustedProxies'
  | 'hsts'
  | 'maxConnections'
  | 'maxConnectionsPerAddress'
>;

/** So many connections are far more than a lab has, and far fewer than open files may be. */
const MOST_CONNECTIONS = 10_000;
const MOST_CONNECTIONS_PER_ADDRESS = 1000;

/** What the doors are opened with. */
export function listenOptionsOf(options: DoorOptions, tls: OpenTls | undefined): ListenOptions {
  const { port, host, publicUrl, allowOrigins, trustedProxies, hsts } = options;
  const { maxConnections = MOST_CONNECTIONS, maxConnectionsPerAddress = MOST_CONNECTIONS_PER_ADDRESS } = options;
  return {
    maxConnections,
    maxConnectionsPerAddress,
    ...(hsts === undefined ? {} : { hsts }),
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(tls ? { tls: tls.door } : {}),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(allowOrigins ? { allowOrigins } : {}),
    ...(trustedProxies ? { trustedProxies } : {}),
  };
}
