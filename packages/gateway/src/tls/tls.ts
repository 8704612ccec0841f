import { certificateFiles, type ListenOptions } from '@thingwright/listener';
import { openSelfSigned, type SelfSigned } from './self-signed.js';

/** The gateway's TLS door: its certificate comes from a program, from files that others renew, or from the gateway itself. */
export type GatewayTls =
  | NonNullable<ListenOptions['tls']>
  | { readonly port: number; readonly certFile: string; readonly keyFile: string }
  | { readonly port: number; readonly selfSigned: true };

/** A TLS door as the listener takes it. */
export interface OpenTls {
  readonly door: NonNullable<ListenOptions['tls']>;
  /** The certificate, if it is the gateway's own. */
  readonly selfSigned?: SelfSigned;
}

/** What a self-signed certificate is made for. */
export interface TlsHost {
  readonly data: string | undefined;
  readonly host: string | undefined;
  readonly publicUrl: string | undefined;
}

/** Finds the certificate of a TLS door. */
export async function openTls(tls: GatewayTls, { data, host, publicUrl }: TlsHost): Promise<OpenTls> {
  const { port } = tls;
  if ('certFile' in tls) return { door: { port, ...certificateFiles({ cert: tls.certFile, key: tls.keyFile }) } };
  if (!('selfSigned' in tls)) return { door: tls };
  const hosts = [...(host === undefined ? [] : [host]), ...(publicUrl ? [new URL(publicUrl).hostname] : [])];
  const selfSigned = await openSelfSigned({ data, hosts });
  const { read, changes } = selfSigned;
  return { door: { port, read, changes }, selfSigned };
}
