import type { KeyObject } from 'node:crypto';
import type { PrinterPin } from '../discovery/found-printer.js';

/** TCP ports of a printer; the wire fixes them, tests do not. */
export interface PrinterPorts {
  readonly manager: number;
  readonly robot: number;
}

/** The ports of the wire (reference, section 2.1). */
export const PRINTER_PORTS: PrinterPorts = { manager: 1901, robot: 23_811 };

/** Which printer to connect to, and how to know that it is the one. */
export interface PrinterTarget {
  readonly uuid: string;
  /** For messages. */
  readonly name: string;
  readonly address: string;
  readonly ports: PrinterPorts;
  readonly pin: PrinterPin;
  /** The key of this boot, for robots of the older generation. */
  readonly slaveKey: KeyObject | undefined;
  /** RSA, private: it proves who we are. */
  readonly clientKey: KeyObject;
  /** Keeps the fingerprint of the certificate's key, which was not known; it must be kept before anything is confided. */
  keepTLSKey(fingerprint: string): Promise<void>;
  /** Is told that another device answers at the address. */
  isAnother(): void;
}
