import { defineThing, nullable } from '@thingwright/core';
import * as t from 'typebox';
import { Job, JobAborted, JobNews } from './job.model.js';
import { PRINTER_ACTIONS } from './printer-actions.model.js';
import { STATUS_GROUPS } from './status.js';
import { Status } from './status.model.js';

const time = () => t.String({ format: 'date-time' });
const text = (description?: string) => t.String(description ? { description } : {});

/** A printer of the LAN that was found there: watched, managed and run. */
export const Printer = defineThing({
  title: 'Printer',
  language: 'en',
  description: 'A 3D printer that was found on the LAN: it is watched there, managed and run.',
  version: '1.0.0',
  properties: {
    uuid: { title: 'UUID', schema: t.String({ format: 'uuid' }), readOnly: true },
    serial: { title: 'Serial number', schema: text(), readOnly: true },
    modelId: { title: 'Model', schema: text(), readOnly: true },
    firmwareVersion: { title: 'Firmware version', schema: text(), readOnly: true },
    name: { title: 'Name', description: 'What the printer is called; rename sets it.', schema: text(), readOnly: true },
    ipAddress: { title: 'IP address', schema: text(), readOnly: true },
    endpoint: { title: 'Endpoint', description: 'Where it announces itself from.', schema: text(), readOnly: true },
    hasPassword: { title: 'Has a password', schema: t.Boolean(), readOnly: true },
    discoveryVersion: { title: 'Discovery version', schema: t.Enum([1, 2]), readOnly: true },
    identityVerified: {
      title: 'Identity verified',
      description: 'The factory has signed its identity, and the key of the factory is known here.',
      schema: t.Boolean(),
      readOnly: true,
    },
    contested: {
      title: 'Contested',
      description:
        'Another device claims the same UUID, with another key or from another address; it is not listened to.',
      schema: t.Boolean(),
      readOnly: true,
    },
    reachable: {
      title: 'Reachable',
      description: 'Something was heard of it within 30 s.',
      schema: t.Boolean(),
      readOnly: true,
    },
    lastSeen: { title: 'Last seen', schema: nullable(time()), readOnly: true, observable: false },
    status: { title: 'Status', schema: Status, readOnly: true, ignoreChangesOf: ['timestamp'] },
    progress: {
      title: 'Progress',
      description: 'Of the job; null: none is known.',
      schema: nullable(t.Number({ unit: '1', minimum: 0, maximum: 1 })),
      readOnly: true,
    },
    headModule: {
      title: 'Head',
      description: 'N/A when idle, OFFLINE after the start, else the toolhead.',
      schema: text(),
      readOnly: true,
    },
    errorLabel: {
      title: 'Error',
      description: 'Symbols of the device, the first one says what; empty: none.',
      schema: text(),
      readOnly: true,
    },
    filamentRunout: {
      title: 'Filament is missing',
      description: 'The job stopped for it.',
      schema: t.Boolean(),
      readOnly: true,
    },
    toolheadTarget: {
      title: 'Toolhead target temperature',
      description: 'What was set here during the job that runs; the wire does not tell it otherwise.',
      schema: nullable(t.Number({ unit: 'Cel' })),
      readOnly: true,
    },
    authorized: {
      title: 'Authorized',
      description: 'The printer admits our key; null: it was not asked yet.',
      schema: nullable(t.Boolean()),
      readOnly: true,
    },
    job: {
      title: 'Job',
      description: 'The one that runs, else the one that ran last.',
      schema: nullable(Job),
      readOnly: true,
      ignoreChangesOf: ['elapsed', 'timeLeft', 'traveled'],
    },
  },
  actions: PRINTER_ACTIONS,
  events: {
    statusChanged: {
      title: 'Status changed',
      data: t.Object({ from: t.Enum([...STATUS_GROUPS]), to: t.Enum([...STATUS_GROUPS]), id: t.Integer(), at: time() }),
    },
    jobStarted: { title: 'Job started', data: JobNews },
    jobPaused: { title: 'Job paused', data: JobNews },
    jobResumed: { title: 'Job resumed', data: JobNews },
    jobCompleted: { title: 'Job completed', data: JobNews },
    jobAborted: { title: 'Job aborted', data: JobAborted },
    error: {
      title: 'Error',
      description: 'The device reports an error that it did not report before.',
      data: t.Object({ label: text('Symbols of the device.'), at: time() }),
    },
    appeared: { title: 'Appeared', data: t.Object({ at: time(), ipAddress: text() }) },
    disappeared: {
      title: 'Disappeared',
      description: 'Nothing was heard of it for 30 s.',
      data: t.Object({ at: time(), lastSeen: time() }),
    },
    metadataChanged: {
      title: 'Metadata changed',
      data: t.Object({
        name: text(),
        modelId: text(),
        firmwareVersion: text(),
        hasPassword: t.Boolean(),
        at: time(),
      }),
    },
    identityConflict: {
      title: 'Identity conflict',
      description: 'Somebody claims its UUID with another key, or from another address.',
      data: t.Object({ address: text(), reason: t.Enum(['key', 'address', 'certificate']), at: time() }),
    },
    fileListChanged: {
      title: 'Files changed',
      description: 'By us; the wire does not tell what others do.',
      data: t.Object({ path: text(), change: t.Enum(['added', 'removed']), at: time() }),
    },
  },
});
