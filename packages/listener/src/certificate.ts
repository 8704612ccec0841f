import { X509Certificate } from 'node:crypto';
import type { Server as TlsServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import { type Log, type Meter, ThingError } from '@thingwright/core';
import { concatMap, type Observable } from 'rxjs';

/** A certificate chain and its key, both in PEM. */
export interface KeyPair {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
}

/** Where a TLS door's certificate comes from, and comes from again when it is renewed. */
export interface CertificateSource {
  /** The pair as it is now. */
  read(): Promise<KeyPair>;
  /** Emits when there may be another pair. */
  readonly changes: Observable<unknown>;
}

/** What keeping a certificate needs. */
export interface CertificateHost {
  readonly source: CertificateSource;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * Gives a TLS server its certificate, and every later one that can be used: what is broken is logged, and the one before goes
 * on serving. Connections that are open keep theirs. Disposing ends that.
 * @throws ThingError `invalid` if the first pair is none; rejects as the source does.
 */
export async function keepCertificate(server: TlsServer, { source, log, meter }: CertificateHost): Promise<Disposable> {
  const end = meter.gauge({
    name: 'thingwright_tls_certificate_end_seconds',
    help: 'When the certificate of the TLS door ends, in seconds since 1970.',
  });
  let served = '';

  const renew = async (): Promise<void> => {
    const { key, cert } = await source.read();
    const pair = `${cert}${key}`;
    if (pair === served) return;
    const { validTo, fingerprint256 } = checkPair({ key, cert });
    server.setSecureContext({ key, cert, minVersion: 'TLSv1.2' });
    served = pair;
    end.value = Date.parse(validTo) / 1000;
    log.info({ validTo, fingerprint256 }, 'the TLS door has a certificate');
    if (Date.parse(validTo) < Date.now()) log.warn({ validTo }, 'the certificate of the TLS door is over');
  };
  const renewOrGoOn = async (): Promise<void> => {
    try {
      await renew();
    } catch (error) {
      log.error({ error }, 'the new certificate cannot be used; the one before goes on');
    }
  };

  // Before the first reading, so that no change between the two is missed.
  const following = source.changes.pipe(concatMap(renewOrGoOn)).subscribe();
  try {
    await renew();
  } catch (error) {
    following.unsubscribe();
    throw error;
  }
  return { [Symbol.dispose]: () => following.unsubscribe() };
}

/** The first certificate of a pair. @throws ThingError `invalid` if it is no certificate with its key. */
export function checkPair(pair: KeyPair): X509Certificate {
  try {
    createSecureContext(pair);
    return new X509Certificate(pair.cert);
  } catch (error) {
    throw new ThingError('invalid', 'This is no certificate with its key, in PEM', { cause: error });
  }
}
