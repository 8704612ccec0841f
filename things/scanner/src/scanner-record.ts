import { createHash } from 'node:crypto';
import { type CompileCheck, type Members, nullable } from '@thingwright/core';
import * as t from 'typebox';
import { SCAN_FAILURES } from './scan.model.js';
import { Details, Label } from './scanner.model.js';

const members = () => t.Unsafe<Members>(t.Object({}, { additionalProperties: true }));
const time = () => t.Number();

const TaskState = t.Object({
  phase: t.Enum(['sent', 'acknowledged', 'inProgress', 'delivered', 'uploading', 'finished', 'error']),
  percent: t.Integer({ minimum: 0, maximum: 100 }),
  expectsFile: t.Boolean(),
  maxSilence: t.Number(),
  sentAt: time(),
  heardAt: time(),
  acknowledgedAt: t.Optional(time()),
  endedAt: t.Optional(time()),
  waitingSince: t.Optional(time()),
  lostSince: t.Optional(time()),
  abortedAt: t.Optional(time()),
  abortConfirmed: t.Optional(t.Boolean()),
  isTransferring: t.Boolean(),
  isResumed: t.Boolean(),
  isRecovered: t.Boolean(),
  failure: t.Optional(t.Object({ code: t.Enum([...SCAN_FAILURES]), message: t.String() })),
});

const TaskRecord = t.Object({
  taskID: t.String(),
  /** Of the capability that came with the start: whoever shows that speaks for this task. */
  capabilityHash: t.String(),
  /** The invocation that began it. */
  actionID: t.String(),
  name: t.String(),
  sequenceID: t.String(),
  /** What the device was told to measure with. */
  parameter: members(),
  resultIDs: t.Array(t.String()),
  state: TaskState,
});

const ScannerRecord = t.Object({
  label: t.Optional(Label),
  /** Absent: nobody has set it, and what the device reports holds. */
  parameter: t.Optional(members()),
  details: t.Optional(Details),
  reportedParameter: t.Optional(nullable(members())),
  /** The one that runs, or ran last. */
  task: t.Optional(TaskRecord),
  /** Those before it, latest first. */
  past: t.Array(t.Object({ taskID: t.String(), capabilityHash: t.String(), endedAt: time(), parameter: members() })),
});

/** A scan as it is remembered. */
export type TaskRecord = t.Static<typeof TaskRecord>;

/** What a scanner must remember beyond a restart: plain JSON without a secret, for of capabilities it holds hashes. */
export type ScannerRecord = t.Static<typeof ScannerRecord>;

/** What scanners remember beyond a restart; whoever runs them keeps it. Ids are those of the Things. */
export interface ScannerMemory {
  /** What was kept last; undefined if nothing was. Another shape than this release keeps is taken for nothing. */
  recall(id: string): unknown;
  /** Keeps a record in place of the one before. What it rejects with refuses a scan, and is logged otherwise. */
  keep(id: string, record: ScannerRecord): void | Promise<void>;
}

/** What is remembered of a capability, which has 256 random bits: nobody finds it from this. */
export const hashOfCapability = (capability: string): string => createHash('sha256').update(capability).digest('hex');

/** Whether a scan that went on is to be kept again; every tenth of its progress will do. */
export const isWorthKeeping = (state: TaskRecord['state'], before: TaskRecord['state']): boolean =>
  state.phase !== before.phase ||
  state.abortedAt !== before.abortedAt ||
  Math.trunc(state.percent / 10) !== Math.trunc(before.percent / 10);

/** Remembers until the process ends. */
export function rememberInProcess(): ScannerMemory {
  const records = new Map<string, ScannerRecord>();
  return {
    recall: (id) => records.get(id),
    keep: (id, record) => void records.set(id, record),
  };
}

/** Makes the reader of what was kept. */
export function recordReader(compileCheck: CompileCheck): (kept: unknown) => ScannerRecord | undefined {
  const check = compileCheck(ScannerRecord);
  const isRecord = (kept: unknown): kept is ScannerRecord => check.fits(kept);
  return (kept) => (isRecord(kept) ? kept : undefined);
}
