import { resolve } from 'node:path';
import { ThingError } from '@thingwright/core';
import { checkPair } from '@thingwright/listener';
import { type Given, oneOf, readText } from '../setting.js';
import type { GatewayTls } from './tls.js';

/** A TLS door as it is configured. */
export type TlsSetting = Extract<GatewayTls, { readonly certFile: string } | { readonly selfSigned: true }>;

/** What is said of a TLS door. */
export interface TlsGiven {
  readonly mode: Given | undefined;
  readonly port: number | undefined;
  readonly cert: Given | undefined;
  readonly key: Given | undefined;
}

/** Where a self-signed door is that is given no port. */
const DEFAULT_PORT = 8443;

const modeOf = oneOf(['self-signed']);

/** Puts together what is said of a TLS door. @throws ThingError `invalid` if that does not make one, or its files hold no certificate. */
export async function readTlsSetting({ mode, port, cert, key }: TlsGiven): Promise<TlsSetting | undefined> {
  if (mode) {
    modeOf(mode);
    if (cert ?? key) {
      throw new ThingError(
        'invalid',
        `${mode.source}: self-signed makes its own certificate; leave out tls-cert and tls-key`,
      );
    }
    return { port: port ?? DEFAULT_PORT, selfSigned: true };
  }
  if (port === undefined) return undefined;
  if (!cert || !key) {
    const detail =
      '--tls-port needs a certificate and a key: --tls-cert and --tls-key, PEM files; or --tls self-signed';
    throw new ThingError('invalid', detail);
  }
  const pair = { cert: await readText(cert), key: await readText(key) };
  try {
    checkPair(pair);
  } catch (error) {
    throw new ThingError('invalid', `${cert.source}, ${key.source}: no certificate with its key, in PEM`, {
      cause: error,
    });
  }
  return { port, certFile: resolve(String(cert.value)), keyFile: resolve(String(key.value)) };
}
