import * as t from 'typebox';
import { STATUS_GROUPS } from './status.js';

/** How the printer stands. */
export const Status = t.Object({
  id: t.Integer({ description: 'As the device says it.' }),
  label: t.String({ description: 'What that is called.' }),
  group: t.Enum([...STATUS_GROUPS]),
  timestamp: t.String({ format: 'date-time' }),
});
