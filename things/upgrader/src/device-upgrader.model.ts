import { defineThing, nullable } from '@thingwright/core';
import * as t from 'typebox';
import { Operation, Page, ReadLog } from './operation.model.js';
import { PHASE_NAMES, UPGRADE_STATUSES } from './phase.js';
import { UpgradeOptions } from './upgrade-options.js';

const time = () => t.String({ format: 'date-time' });
const uuid = () => t.String({ format: 'uuid' });
const percent = () => t.Integer({ unit: '%', minimum: 0, maximum: 100 });

/** What a device runs, as far as it is known. */
const CurrentFirmware = t.Object({
  image: nullable(uuid()),
  build: nullable(uuid()),
  category: nullable(uuid()),
  version: nullable(t.String()),
  os: nullable(t.String({ description: 'As the device reports it.' })),
  verified: t.Boolean({ description: 'The device itself said so after it was flashed.' }),
  bootID: nullable(t.String()),
  verifiedAt: nullable(time()),
});

/** What a device shall run. */
const TargetFirmware = t.Object({
  image: uuid(),
  build: uuid(),
  version: t.String(),
  installed: t.Boolean(),
});

/** Whether one gets in to a device that is called by its address, and why not (reference, sections 4.1 and 11.26). */
const Connection = t.Object({
  isWorking: t.Boolean({ description: 'The last attempt to log in succeeded.' }),
  failureReason: nullable(t.String()),
  since: time(),
  lastAttempt: time(),
});

/** An image that a device can be upgraded to. */
const EligibleImage = t.Object({
  image: uuid(),
  build: uuid(),
  category: t.String(),
  version: t.String(),
  type: t.String(),
  size: t.Integer({ unit: 'By' }),
});

/** Which flag of an upgrade means what, for a device. */
const OptionChoice = t.Object({
  key: t.String(),
  title: t.String(),
  default: t.Boolean(),
});

/** The firmware of one device: what it runs, what it shall run, and how it gets there. */
export const DeviceUpgrader = defineThing({
  title: 'Device upgrader',
  language: 'en',
  description: 'Upgrades the firmware of one device, one upgrade at a time.',
  version: '1.0.0',
  properties: {
    currentFirmware: { title: 'Current firmware', schema: nullable(CurrentFirmware), readOnly: true },
    targetFirmware: { title: 'Target firmware', schema: nullable(TargetFirmware), readOnly: true },
    connection: {
      title: 'Connection',
      description: 'Of a device that is called by its address; null: nobody has tried so far, or it dials in.',
      schema: nullable(Connection),
      readOnly: true,
    },
    operation: {
      title: 'Operation',
      description: 'The one that goes on, else the newest.',
      schema: nullable(Operation),
      readOnly: true,
    },
    eligibleImages: {
      title: 'Eligible images',
      description: 'What upgrade accepts now.',
      schema: t.Array(EligibleImage),
      readOnly: true,
      observable: false,
    },
    options: {
      title: 'Options',
      description: 'Which options upgrade accepts for this device.',
      schema: t.Array(OptionChoice),
      readOnly: true,
      observable: false,
    },
  },
  actions: {
    upgrade: {
      title: 'Upgrade',
      description:
        'Pending while it waits, running while it is worked on. One that waits takes the place of another that waits; it fails at once while the device is being upgraded.',
      input: t.Object({
        image: uuid(),
        options: t.Optional(UpgradeOptions),
        persistent: t.Optional(t.Boolean({ default: false, description: 'Wait for the device while it is away.' })),
        notBefore: t.Optional(time()),
        clientKey: t.Optional(
          t.String({ minLength: 1, maxLength: 200, description: 'The same key again: the same operation.' }),
        ),
      }),
      progress: t.Object({ operation: uuid(), phase: t.Enum([...PHASE_NAMES]), progress: percent() }),
      output: Operation,
      acknowledged: true,
      safe: false,
      idempotent: false,
    },
    cancel: {
      title: 'Cancel',
      description: 'Refused once the device is being flashed, and when the operation has ended.',
      input: t.Object({
        operation: t.Optional(t.String({ format: 'uuid', description: 'Default: the one that goes on.' })),
      }),
      output: Operation,
      synchronous: true,
      idempotent: true,
    },
    retry: {
      title: 'Retry',
      description: 'Upgrades again to the image of an operation that has ended.',
      input: t.Object({ operation: uuid() }),
      progress: t.Object({ operation: uuid(), phase: t.Enum([...PHASE_NAMES]), progress: percent() }),
      output: Operation,
      acknowledged: true,
      safe: false,
      idempotent: false,
    },
    listOperations: {
      title: 'List operations',
      description: 'Newest first.',
      input: t.Object({ ...Page, status: t.Optional(t.Enum([...UPGRADE_STATUSES])) }),
      output: t.Object({ operations: t.Array(Operation), total: t.Integer() }),
      synchronous: true,
      safe: true,
      idempotent: true,
    },
    readLog: ReadLog,
  },
  events: {
    operationUpdate: {
      title: 'Operation update',
      description: 'An operation is not what it was, or is new.',
      data: Operation,
    },
    finished: {
      title: 'Finished',
      data: t.Object({
        operation: uuid(),
        status: t.Enum([...UPGRADE_STATUSES]),
        verifiedVersion: nullable(t.String()),
      }),
    },
  },
});
