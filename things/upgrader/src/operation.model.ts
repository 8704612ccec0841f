import { nullable } from '@thingwright/core';
import * as t from 'typebox';
import { PHASE_NAMES, UPGRADE_STATUSES } from './phase.js';

const time = () => t.String({ format: 'date-time' });
const uuid = () => t.String({ format: 'uuid' });
const percent = () => t.Integer({ unit: '%', minimum: 0, maximum: 100 });

/** What sockets and REST add to the documented members, and Things always have (reference, section 2). */
const extension = {
  phase: t.Enum([...PHASE_NAMES]),
  seq: t.Integer({ description: 'Rises by one with every change of this operation.' }),
  retry_count: t.Integer({ description: 'How often it fell back to waiting for its device.' }),
  next_retry_at: nullable(time()),
  is_persistent: t.Boolean({ description: 'Whether it waits for a device that cannot be reached.' }),
};

/** One upgrade of one device, with the members that it has on sockets and over REST. */
export const Operation = t.Object({
  id: uuid(),
  device: uuid(),
  image: nullable(uuid()),
  status: t.Enum([...UPGRADE_STATUSES]),
  log: t.String({ description: 'Its end, if it is long; readLog gives all of it.' }),
  progress: percent(),
  modified: time(),
  created: time(),
  ...extension,
});

/** How one upgrade of a campaign goes on, as told on sockets. */
export const OperationProgress = t.Object({
  operation_id: uuid(),
  status: t.Enum([...UPGRADE_STATUSES]),
  progress: percent(),
  modified: time(),
  device_id: uuid(),
  device_name: t.String(),
  image_name: nullable(t.String()),
  ...extension,
});

/** Asks for a part of a list. */
export const Page = {
  offset: t.Optional(t.Integer({ minimum: 0, default: 0 })),
  limit: t.Optional(t.Integer({ minimum: 1, maximum: 1000, default: 100 })),
};

/** Which part of a log is asked for. */
export const LogRequest = t.Object({
  operation: uuid(),
  from: t.Optional(t.Integer({ minimum: 0, default: 0, description: 'The number of the first entry.' })),
  limit: t.Optional(t.Integer({ minimum: 1, maximum: 1000, default: 1000 })),
});

/** A part of a log. */
export const LogPage = t.Object({
  entries: t.Array(
    t.Object({
      number: t.Integer({ minimum: 0 }),
      at: time(),
      text: t.String({ description: 'May have several lines.' }),
    }),
  ),
  total: t.Integer({ description: 'How many entries there are so far.' }),
});

/** Reads the log of an operation. */
export const ReadLog = {
  title: 'Read the log',
  description: 'Of one operation, from its beginning.',
  input: LogRequest,
  output: LogPage,
  synchronous: true,
  safe: true,
  idempotent: true,
} as const;
