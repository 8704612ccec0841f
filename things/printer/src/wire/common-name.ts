import { readUuid } from './printer-uuid.js';

/** Who a certificate says that its device is (reference, section 4.6); it vouches for itself. */
export interface CertificateName {
  readonly uuid: string;
  readonly serial: string;
  readonly identify: string;
}

const SHAPE = /^([\da-f]{32}):([^:]*):([^:]*)$/i;

/** The common name of a device's certificate: three parts with colons between them. */
export const commonName = ({ uuid, serial, identify }: CertificateName): string =>
  `${uuid.replaceAll('-', '')}:${serial}:${identify}`;

/** Reads a common name; undefined where it has not its three parts. */
export function readCommonName(name: string): CertificateName | undefined {
  const [, uuid, serial, identify] = SHAPE.exec(name) ?? [];
  if (uuid === undefined || serial === undefined || identify === undefined) return undefined;
  return { uuid: readUuid(Buffer.from(uuid, 'hex')), serial, identify };
}
