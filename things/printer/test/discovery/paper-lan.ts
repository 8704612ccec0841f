import type { KeyObject } from 'node:crypto';
import type { Endpoint, PrinterNews, PrinterPin } from '../../src/discovery/found-printer.js';
import { PrinterTable, TABLE_LIMITS, type TableLimits } from '../../src/discovery/printer-table.js';
import { keyFingerprint } from '../../src/key-fingerprint.js';
import { decodeClientPacket } from '../../src/wire/client-packet.js';
import { keyBytes } from '../../src/wire/rsa.js';
import { decoded, type PaperPrinter } from './paper-printer.js';

/** Where printers are, unless a test says otherwise. */
export const HOME: Endpoint = { address: '192.0.2.7', port: 40_000 };
export const ELSEWHERE: Endpoint = { address: '192.0.2.66', port: 40_000 };
/** The wall clock: it stands. */
export const WALL = 1_800_000_000_000;
/** One that has to be signed. */
export const SIGNED_UUID = '12345678-1234-4234-8234-123456789abc';

/** A table, and what came of what it heard. */
export interface World {
  readonly table: PrinterTable;
  readonly news: PrinterNews[];
  readonly sent: { readonly kind: string; readonly version: number; readonly to: Endpoint }[];
  now: number;
  hear(bytes: Buffer, from?: Endpoint): void;
  /** A printer announces itself and answers the touch that follows. */
  meet(printer: PaperPrinter, from?: Endpoint): void;
  pass(seconds: number): void;
  types(): string[];
}

/** A table that nobody was heard of at yet. */
export function world({ root, limits = {} }: { root?: KeyObject; limits?: Partial<TableLimits> } = {}): World {
  const news: PrinterNews[] = [];
  const sent: World['sent'] = [];
  const table = new PrinterTable({
    root,
    limits: { ...TABLE_LIMITS, ...limits },
    devicePort: 1901,
    send(bytes, to) {
      const packet = decodeClientPacket(bytes);
      sent.push({ kind: packet.kind, version: packet.kind === 'invalid' ? 0 : packet.version, to });
    },
    tell: (one) => news.push(one),
    wallClock: () => WALL,
  });
  const made: World = {
    table,
    news,
    sent,
    now: 0,
    hear: (bytes, from = HOME) => table.take(decoded(bytes), from, made.now),
    meet(printer, from = HOME) {
      made.hear(printer.announcement(), from);
      made.hear(printer.answer(), from);
    },
    pass(seconds) {
      for (let i = 0; i < seconds; i++) {
        made.now += 1000;
        table.sweep(made.now);
      }
    },
    types: () => news.map(({ type }) => type),
  };
  return made;
}

/** How often a printer was asked who it is. */
export const touches = ({ sent }: World): number => sent.filter(({ kind }) => kind === 'touch').length;

/** The pin of a printer. */
export const pinOf = ({ master }: PaperPrinter, serial = 'XXXXXXXXXX'): PrinterPin => ({
  serial,
  masterKey: keyFingerprint(keyBytes(master)),
});
