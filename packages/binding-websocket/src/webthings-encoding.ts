import {
  encodeEvent,
  encodePropertyStatus,
  encodeWebThingsActionStatus,
  withConflated,
} from '@thingwright/web-thing-protocol/legacy';
import type { Encoding } from './encoding.js';
import { runStatusOf } from './run-status.js';

/** How WebThings' dialect tells of changes. */
export const webThingsEncoding = (strict: boolean): Encoding => ({
  encode(notification, { thing, kind }, context) {
    switch (kind) {
      case 'property':
        return encodePropertyStatus(notification, thing.name);
      case 'event':
        return encodeEvent(notification, thing.name);
      case 'action': {
        const run = runStatusOf(notification, thing, context);
        return encodeWebThingsActionStatus(run, { thing: thing.name, strict });
      }
    }
  },
  conflate: withConflated,
  removal: () => undefined,
});
