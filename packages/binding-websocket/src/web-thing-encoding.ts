import { conflatedMember, notificationHead, removalHead } from '@thingwright/web-thing-protocol';
import { v4 as uuid } from 'uuid';
import type { Encoding } from './encoding.js';

/** How the W3C protocol tells of changes. */
export const webThingEncoding = (strict: boolean): Encoding => ({
  encode: notificationHead,
  conflate: (text, changes) => text + conflatedMember(changes),
  removal: ({ thing }) => (strict ? undefined : removalHead(thing.id, { messageID: uuid(), now: Date.now() })),
});
