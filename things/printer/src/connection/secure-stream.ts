import type { X509Certificate } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';
import { ThingError } from '@thingwright/core';
import { keyFingerprint } from '../key-fingerprint.js';
import { type CertificateName, readCommonName } from '../wire/common-name.js';
import type { Deadline } from './deadline.js';
import { PeerStream } from './peer-stream.js';
import type { PrinterTarget } from './printer-target.js';

/**
 * What old devices need, on these sockets only (reference, section 4.6): what is switched off here is done below, by the keys that were
 * pinned. Ciphers without a certificate stay out.
 */
const OLD_DEVICES = {
  minVersion: 'TLSv1',
  ciphers: 'DEFAULT:!aNULL:!eNULL@SECLEVEL=0',
  rejectUnauthorized: false,
} as const;

/**
 * Goes on with TLS, and makes sure that the device is the one that was pinned before anything is confided to it: its certificate names UUID
 * and serial, and its key is the master key, or the one that was kept when it was first seen.
 * @throws ThingError `forbidden` for another device, `protocol` if there is no TLS.
 */
export async function secureStream(plain: PeerStream, target: PrinterTarget, deadline: Deadline): Promise<PeerStream> {
  const raw = plain.release();
  const socket = connect({ socket: raw, ...OLD_DEVICES });
  const secure = new PeerStream(socket);
  try {
    await handshake(socket, target, deadline);
    socket.disableRenegotiation();
    await deadline.within(checkIdentity(socket.getPeerX509Certificate(), target));
    return secure;
  } catch (error) {
    secure.close();
    raw.destroy();
    throw error;
  }
}

const handshake = (socket: TLSSocket, { name }: PrinterTarget, deadline: Deadline): Promise<void> =>
  deadline.wait((settle) => {
    const go = (): void => settle();
    const fail = (cause?: unknown): void =>
      settle(new ThingError('protocol', `The printer '${name}' does not speak TLS`, { cause }));
    socket.once('secureConnect', go).once('error', fail).once('close', fail);
    return () => socket.off('secureConnect', go).off('error', fail).off('close', fail);
  });

async function checkIdentity(certificate: X509Certificate | undefined, target: PrinterTarget): Promise<void> {
  const { name, uuid, pin } = target;
  const refuse = (why: string): never => {
    target.isAnother();
    throw new ThingError('forbidden', `Who answers at ${target.address} is not the printer '${name}': ${why}`);
  };
  const shown = certificate && readCertificate(certificate);
  if (!shown) return refuse('it shows no certificate that can be read');
  const { claimed, key } = shown;
  if (claimed?.uuid !== uuid || claimed.serial !== pin.serial) return refuse('its certificate names another device');
  if (pin.tlsKey !== undefined && key !== pin.tlsKey) return refuse('the key of its certificate has changed');
  if (pin.tlsKey === undefined) await target.keepTLSKey(key);
}

/** Who a certificate names, if it has exactly one common name, and the fingerprint of its key; undefined where that is none. */
function readCertificate(
  certificate: X509Certificate,
): { readonly claimed: CertificateName | undefined; readonly key: string } | undefined {
  try {
    // A certificate without a subject has none, whatever the types say.
    const names = `${certificate.subject}`.split('\n').filter((line) => line.startsWith('CN='));
    return {
      claimed: names.length === 1 ? readCommonName(names[0]?.slice('CN='.length) ?? '') : undefined,
      key: keyFingerprint(certificate.publicKey.export({ type: 'spki', format: 'der' })),
    };
  } catch {
    return undefined;
  }
}
