import { isMembers, type Members, parseJSON } from '@thingwright/core';
import { textOf } from '../members.js';
import { opening } from './change.js';
import {
  type ActionsMessage,
  type LegacyMessage,
  readEvent,
  readPropertyStatus,
  type ThingMessage,
  type UnusableFrame,
  unusable,
} from './legacy-message.js';
import { readStatus } from './webthings-action-status.js';
import { readWebThingsError } from './webthings-error.js';
import { readRepeatedRequest } from './webthings-request.js';

/** Writes whether the device of a Thing is there, in ASCII; the first message about each Thing. */
export const encodeConnected = (thing: string, connected: boolean): string =>
  `${opening('connected', thing)},"data":${connected}}`;

/** Writes that a Thing was added, changed its description, or was removed, in ASCII. */
export const encodeThingChange = (thing: string, change: ThingMessage['change']): string =>
  `${opening(CHANGES[change], thing)},"data":{}}`;

const CHANGES = { added: 'thingAdded', modified: 'thingModified', removed: 'thingRemoved' } as const;

/** Reads what a WebThings server sent: ours, the gateway, or the library, which names no Thing. Never throws. */
export function decodeWebThingsMessage(text: string): LegacyMessage {
  const message = parseJSON(text);
  if (message === undefined) return unusable('The frame is not JSON');
  if (!isMembers(message)) return unusable('The frame is not a JSON object');
  const thing = textOf(message.id);
  const { messageType, data } = message;
  switch (messageType) {
    case 'propertyStatus':
      return readPropertyStatus(message, thing);
    case 'event':
      return readEvent(message, thing);
    case 'actionStatus':
      return readActionStatus(message, thing);
    case 'error': {
      const request = isMembers(data) ? readRepeatedRequest(data.request) : [];
      return { type: 'error', thing, error: readWebThingsError(data), op: undefined, name: undefined, request };
    }
    case 'connected':
      return typeof data === 'boolean'
        ? { type: 'connected', thing, connected: data }
        : unusable('A connected whose data is no boolean');
    case CHANGES.added:
      return { type: 'thing', thing, change: 'added' };
    case CHANGES.modified:
      return { type: 'thing', thing, change: 'modified' };
    case CHANGES.removed:
      return { type: 'thing', thing, change: 'removed' };
    default:
      return typeof messageType === 'string'
        ? { type: 'ignored', messageType }
        : unusable('The member messageType is missing or no string');
  }
}

function readActionStatus({ data }: Members, thing: string | undefined): ActionsMessage | UnusableFrame {
  if (!isMembers(data)) return unusable('An actionStatus without data');
  const runs = Object.entries(data).flatMap(([action, status]) =>
    isMembers(status) ? readStatus(action, status) : [],
  );
  return { type: 'actions', thing, runs };
}
