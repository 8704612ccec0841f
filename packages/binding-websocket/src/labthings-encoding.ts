import {
  encodeEvent,
  encodeLabThingsActionStatus,
  encodePropertyStatus,
  withConflated,
} from '@thingwright/web-thing-protocol/legacy';
import type { Encoding } from './encoding.js';
import { runStatusOf } from './run-status.js';

/** How LabThings' dialect tells of changes. */
export const labThingsEncoding = (strict: boolean): Encoding => ({
  encode(notification, { thing, kind }, context) {
    switch (kind) {
      case 'property':
        return encodePropertyStatus(notification);
      case 'event':
        return encodeEvent(notification);
      case 'action':
        return encodeLabThingsActionStatus(runStatusOf(notification, thing, context), strict);
    }
  },
  conflate: withConflated,
  removal: () => undefined,
});
