import type { CompileCheck } from '@thingwright/core';
import { nullable } from '@thingwright/core';
import * as t from 'typebox';
import { Job } from './job.model.js';

const Pin = t.Object({
  serial: t.String(),
  /** Fingerprints of keys: SHA-256 in Base64. */
  masterKey: t.String(),
  tlsKey: t.Optional(t.String()),
});

const PrinterRecord = t.Object({
  /** The printer that this is; absent until it was first seen. */
  pin: t.Optional(Pin),
  /** The one that runs, or ran last. */
  job: nullable(Job),
});

/** What a printer must remember beyond a restart: plain JSON without a secret. */
export type PrinterRecord = t.Static<typeof PrinterRecord>;

/** What printers remember beyond a restart; whoever runs them keeps it. Ids are those of the Things. */
export interface PrinterMemory {
  /** What was kept last; undefined if nothing was. Another shape than this release keeps is taken for nothing. */
  recall(id: string): unknown;
  /** Keeps a record in place of the one before. What it rejects with refuses to confide in a new key, and is logged otherwise. */
  keep(id: string, record: PrinterRecord): void | Promise<void>;
}

/** Remembers until the process ends. */
export function rememberInProcess(): PrinterMemory {
  const records = new Map<string, PrinterRecord>();
  return {
    recall: (id) => records.get(id),
    keep: (id, record) => void records.set(id, record),
  };
}

/** Makes the reader of what was kept. */
export function recordReader(compileCheck: CompileCheck): (kept: unknown) => PrinterRecord | undefined {
  const check = compileCheck(PrinterRecord);
  const isRecord = (kept: unknown): kept is PrinterRecord => check.fits(kept);
  return (kept) => (isRecord(kept) ? kept : undefined);
}
