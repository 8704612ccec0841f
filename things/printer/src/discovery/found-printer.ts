import type { KeyObject } from 'node:crypto';
import type { StatusBlock } from '../wire/status-block.js';

/** Where datagrams of a printer come from. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** A printer as it was found on the LAN. All of it is what the device says; see the members for what was proven. */
export interface FoundPrinter extends Endpoint {
  readonly uuid: string;
  readonly serial: string;
  readonly name: string;
  readonly model: string;
  readonly firmware: string;
  readonly hasPassword: boolean;
  /** In version 1 the metadata is signed by the device, in version 2 by nobody. */
  readonly discoveryVersion: 1 | 2;
  /** The factory has signed UUID, serial and master key. Anybody can say so again: it is no proof of the address. */
  readonly identityVerified: boolean;
  /** RSA, DER SubjectPublicKeyInfo. */
  readonly masterKey: Buffer;
  /** The key of this boot, signed by the master key; version 1 only. */
  readonly slaveKey: KeyObject | undefined;
  /** Nobody signs it. */
  readonly status: StatusBlock;
  /** Something was heard of it within 30 s. */
  readonly isReachable: boolean;
  /** When something was last heard of it, milliseconds since 1970 by our clock. */
  readonly lastSeen: number;
  /** Within the last minute somebody else has claimed its UUID, or who answered at its address was another. */
  readonly isContested: boolean;
}

/** Why a claim to a UUID was not listened to. */
export type ConflictReason = 'key' | 'address';

/** What discovery has to tell. */
export type PrinterNews =
  /** For the first time, or after it was gone. */
  | { readonly type: 'appeared'; readonly printer: FoundPrinter }
  /** Its name, password, firmware, address or whether it is contested. */
  | { readonly type: 'changed'; readonly printer: FoundPrinter }
  /** It announced itself, with a status. */
  | { readonly type: 'heard'; readonly printer: FoundPrinter }
  /** It was asked for metadata and keys, and what it has now is what it said. */
  | { readonly type: 'answered'; readonly printer: FoundPrinter }
  /** Nothing was heard of it for 30 s. */
  | { readonly type: 'disappeared'; readonly printer: FoundPrinter }
  /** It was gone for so long, or so many came after it, that it is not known any more. */
  | { readonly type: 'forgotten'; readonly printer: FoundPrinter }
  /** Somebody claims a UUID that is another's; told once a minute and UUID. */
  | { readonly type: 'conflict'; readonly uuid: string; readonly address: string; readonly reason: ConflictReason };

/** What is remembered of a printer that was adopted, so that no other can take its place. */
export interface PrinterPin {
  readonly serial: string;
  /** Of the master key's DER, SHA-256 in Base64. */
  readonly masterKey: string;
  /** Of the key of its TLS certificate, SHA-256 in Base64; absent until it was first seen. */
  readonly tlsKey?: string;
}
