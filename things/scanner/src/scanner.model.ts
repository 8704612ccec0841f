import { defineThing, nullable } from '@thingwright/core';
import * as t from 'typebox';
import { Result, SCAN_FAILURES, ScanOutcome, ScanRequest, Task, UploadFailure } from './scan.model.js';

const time = () => t.String({ format: 'date-time' });
const percent = () => t.Integer({ unit: '%', minimum: 0, maximum: 100 });
const open = { additionalProperties: true };
const text = () => nullable(t.String());

/** What a device says of itself. */
export const STATUSES = ['ONLINE', 'OFFLINE', 'BUSY', 'ERROR'] as const;

/** The generations of the wire; `unknown` until a frame shows which it is. */
export const GENERATIONS = ['gen-1', 'gen-2', 'unknown'] as const;

/** How the device's connection stands. */
export const Connection = t.Object({
  connected: t.Boolean(),
  registered: t.Boolean({ description: 'false while connected: the device is there and takes no scan.' }),
  since: nullable(time()),
  lastSeen: nullable(time()),
  wire: t.Enum([...GENERATIONS]),
  closeCode: nullable(t.Integer({ description: 'Of the last connection that was closed.' })),
});

/** What the device reports of itself. */
export const Details = t.Object({
  deviceName: text(),
  serialNumber: text(),
  manufacturer: text(),
  modality: text(),
  site: text(),
});

/** What people call the device. */
export const Label = t.Object({
  name: t.String({ minLength: 1, maxLength: 200 }),
  description: t.String({ minLength: 1, maxLength: 2000 }),
});

/** What went wrong last. */
const LastError = t.Object({ taskId: text(), code: t.String(), message: t.String(), at: time() });

/** A file on its way. */
const Upload = t.Object({
  taskId: t.String(),
  fileName: t.String(),
  receivedBytes: t.Integer({ unit: 'By' }),
  sizeBytes: t.Integer({ unit: 'By' }),
});

/** An imaging device that is sent sequences, reports its progress and delivers its files. */
export const Scanner = defineThing({
  title: 'Scanner',
  language: 'en',
  description: 'An imaging device that plays out a sequence, reports its progress and delivers what it has measured.',
  version: '1.0.0',
  properties: {
    status: {
      title: 'Status',
      description: 'What the device says of itself; OFFLINE while it is not connected.',
      schema: t.Enum([...STATUSES]),
      readOnly: true,
    },
    connection: {
      title: 'Connection',
      schema: Connection,
      readOnly: true,
      ignoreChangesOf: ['lastSeen'],
    },
    details: { title: 'Details', schema: Details, readOnly: true },
    label: { title: 'Label', schema: Label },
    parameter: {
      title: 'Parameter',
      description: 'What the next scan gets, for example the Larmor frequency in Hz.',
      schema: t.Object({}, open),
    },
    reportedParameter: {
      title: 'Reported parameter',
      description: 'What the device said when it registered last.',
      schema: nullable(t.Object({}, open)),
      readOnly: true,
    },
    currentTask: {
      title: 'Current task',
      description: 'The scan that runs, else the one that ran last.',
      schema: nullable(Task),
      readOnly: true,
    },
    progress: { title: 'Progress', schema: percent(), readOnly: true },
    upload: {
      title: 'Upload',
      description: 'The file that arrives at the moment; told a few times a second.',
      schema: nullable(Upload),
      readOnly: true,
    },
    lastError: { title: 'Last error', schema: nullable(LastError), readOnly: true },
    results: {
      title: 'Results',
      description: 'The latest 20, newest first; listResults gives the others.',
      schema: t.Array(Result),
      readOnly: true,
    },
  },
  actions: {
    startScan: {
      title: 'Start a scan',
      description:
        'Pending until the device has acknowledged it, for 10 s at most after it was sent; completed with what the scan left behind.',
      input: ScanRequest,
      progress: t.Object({ percent: percent() }),
      output: ScanOutcome,
      acknowledged: true,
      safe: false,
      idempotent: false,
    },
    abortScan: {
      title: 'Abort the scan',
      description: 'Asks the device to stop; the scan is given up after a while even if the device does not.',
      input: t.Object({
        taskId: t.Optional(t.String({ format: 'uuid', description: 'Default: the scan that runs.' })),
      }),
      output: t.Object({
        taskId: t.String(),
        delivered: t.Boolean({ description: 'The device was told.' }),
        confirmed: t.Boolean({ description: 'The device said that it has stopped.' }),
      }),
      safe: false,
      idempotent: true,
    },
    clearError: {
      title: 'Clear the error',
      description: 'Refused while a scan runs.',
      output: t.Object({ status: t.Enum([...STATUSES]) }),
      synchronous: true,
      idempotent: true,
    },
    listResults: {
      title: 'List results',
      description: 'Newest first.',
      input: t.Object({
        taskId: t.Optional(t.String({ format: 'uuid', description: 'Only those of this scan.' })),
        limit: t.Optional(t.Integer({ minimum: 1, maximum: 200, default: 20 })),
        before: t.Optional(t.String({ description: 'A resultId: only those that are older.' })),
      }),
      output: t.Array(Result),
      synchronous: true,
      safe: true,
      idempotent: true,
    },
    deleteResult: {
      title: 'Delete a result',
      description: 'With its files.',
      input: t.Object({ resultId: t.String() }),
      synchronous: true,
      idempotent: false,
    },
  },
  events: {
    statusChanged: {
      title: 'Status changed',
      data: t.Object({ from: t.Enum([...STATUSES]), to: t.Enum([...STATUSES]), at: time(), reason: t.String() }),
    },
    connected: { title: 'Connected', data: t.Object({ at: time(), wire: t.Enum([...GENERATIONS]) }) },
    disconnected: {
      title: 'Disconnected',
      data: t.Object({
        at: time(),
        code: t.Integer({ description: 'Close code of the socket.' }),
        reason: t.String(),
        clean: t.Boolean({ description: 'The device said goodbye.' }),
      }),
    },
    scanStarted: {
      title: 'Scan started',
      description: 'The device has acknowledged it.',
      data: t.Object({ taskId: t.String(), at: time() }),
    },
    scanProgress: {
      title: 'Scan progress',
      description: 'At most twice a second.',
      data: t.Object({ taskId: t.String(), progress: percent(), at: time() }),
    },
    scanFinished: {
      title: 'Scan finished',
      data: t.Object({ taskId: t.String(), resultIds: t.Array(t.String()), at: time() }),
    },
    scanFailed: {
      title: 'Scan failed',
      data: t.Object({
        taskId: t.String(),
        code: t.Enum([...SCAN_FAILURES]),
        message: t.String(),
        at: time(),
      }),
    },
    resultReady: { title: 'Result ready', data: Result },
    uploadFailed: { title: 'Upload failed', data: UploadFailure },
    parameterReported: { title: 'Parameter reported', data: t.Object({ parameter: t.Object({}, open) }) },
    protocolError: {
      title: 'Protocol error',
      description: 'A frame could not be understood, or was not allowed.',
      data: t.Object({ count: t.Integer({ description: 'So far, since the server started.' }), last: t.String() }),
    },
    duplicateIdentity: {
      title: 'Duplicate identity',
      description: 'Two parties displace each other; the one that was connected stays.',
    },
  },
});
