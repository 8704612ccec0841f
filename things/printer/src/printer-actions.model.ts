import type { ActionDeclaration } from '@thingwright/core';
import * as t from 'typebox';
import { UploadProgress } from './job.model.js';
import { AccessID, Credential, Name, NetworkSettings, Password, TrustedKey, WifiNetwork } from './management.model.js';
import { Status } from './status.model.js';
import { FileInfo, FilePath, Listing, SmallFile } from './stored-file.model.js';

/** What a printer can be asked to do (reference, section 7.2, and what comparable APIs offer). */
export const PRINTER_ACTIONS = {
  authorizeWithPassword: {
    title: 'Authorize with a password',
    description: 'Has the printer admit our key from now on. The password is not kept.',
    input: Credential,
    synchronous: true,
    idempotent: true,
  },
  rename: { title: 'Rename', input: t.Object({ name: Name }), synchronous: true, idempotent: true },
  modifyPassword: {
    title: 'Change the password',
    description: 'Keeps the keys that it trusts, unless they are to be cleared; ours is put back then.',
    input: t.Object({
      oldPassword: Password,
      newPassword: Password,
      clearKeys: t.Optional(t.Boolean({ default: false })),
    }),
    synchronous: true,
  },
  resetPassword: {
    title: 'Reset the password',
    description: 'Without the old one. Clears the keys that it trusts; ours is put back.',
    input: t.Object({ newPassword: Password }),
    synchronous: true,
  },
  modifyNetwork: {
    title: 'Change the network settings',
    description: 'The printer may come back at another address, or not at all.',
    input: NetworkSettings,
    synchronous: true,
    idempotent: true,
  },
  getWifiList: {
    title: 'List Wi-Fi networks',
    output: t.Array(WifiNetwork),
    synchronous: true,
    safe: true,
    idempotent: true,
  },
  addTrust: {
    title: 'Trust a key',
    input: t.Object({ label: Name, publicKey: t.String({ maxLength: 2000, description: 'RSA, SPKI in PEM.' }) }),
    output: t.Object({ accessId: AccessID }),
    synchronous: true,
  },
  listTrust: {
    title: 'List trusted keys',
    output: t.Array(TrustedKey),
    synchronous: true,
    safe: true,
    idempotent: true,
  },
  removeTrust: {
    title: 'Trust a key no longer',
    input: t.Object({ accessId: AccessID }),
    synchronous: true,
  },
  startPrint: {
    title: 'Start a print',
    description:
      'Of a file that the printer has, or of one that is sent along. Completed when it has begun; a job that has ended is cleared first.',
    input: t.Object({ path: t.Optional(FilePath), file: t.Optional(SmallFile) }),
    progress: UploadProgress,
    output: t.Object({ jobId: t.String({ format: 'uuid' }) }),
  },
  uploadFile: {
    title: 'Upload a file',
    description: 'To the storage of the printer.',
    input: t.Object({ path: FilePath, file: SmallFile }),
    progress: UploadProgress,
  },
  listFiles: {
    title: 'List files',
    input: t.Object({ path: t.Optional(FilePath) }),
    output: Listing,
    synchronous: true,
    safe: true,
    idempotent: true,
  },
  getFileInfo: {
    title: 'Describe a file',
    description: 'What the device knows of it, with its previews.',
    input: t.Object({ path: FilePath }),
    output: FileInfo,
    synchronous: true,
    safe: true,
    idempotent: true,
  },
  deleteFile: { title: 'Delete a file', input: t.Object({ path: FilePath }), synchronous: true },
  pause: { title: 'Pause', description: 'Refused without a job that runs.', synchronous: true },
  resume: { title: 'Resume', description: 'Refused without a job that is paused.', synchronous: true },
  abort: {
    title: 'Abort',
    description: 'Ends the job as the firmware does it. No emergency stop.',
    synchronous: true,
  },
  clearJob: {
    title: 'Clear the job',
    description: 'After its end; the printer begins no other before.',
    synchronous: true,
  },
  setToolheadTemperature: {
    title: 'Set the toolhead temperature',
    description: 'Refused without a job.',
    input: t.Object({
      index: t.Optional(t.Integer({ minimum: 0, maximum: 7, default: 0 })),
      temperature: t.Number({ unit: 'Cel', minimum: 0, maximum: 300 }),
    }),
    synchronous: true,
    idempotent: true,
  },
  loadFilament: {
    title: 'Load filament',
    description: 'Refused unless a job is paused.',
    input: t.Object({ index: t.Optional(t.Integer({ minimum: 0, maximum: 7, default: 0 })) }),
    synchronous: true,
  },
  unloadFilament: {
    title: 'Unload filament',
    description: 'Refused unless a job is paused.',
    input: t.Object({ index: t.Optional(t.Integer({ minimum: 0, maximum: 7, default: 0 })) }),
    synchronous: true,
  },
  getDeviceInfo: {
    title: 'Read device information',
    description: 'What the device says of itself, as it says it.',
    output: t.Object({}, { additionalProperties: t.String() }),
    synchronous: true,
    safe: true,
    idempotent: true,
  },
  releaseControl: {
    title: 'End the control of others',
    description: 'Ends a maintenance, scan or raw session of another client, for which the printer is occupied.',
    synchronous: true,
  },
  refresh: {
    title: 'Refresh',
    description: 'Asks the printer how it stands.',
    output: Status,
    synchronous: true,
    safe: true,
    idempotent: true,
  },
} as const satisfies Readonly<Record<string, ActionDeclaration>>;
