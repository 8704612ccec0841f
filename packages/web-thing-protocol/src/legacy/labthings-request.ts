import { isMembers, type ObserveOne, parseJSON, type UnobserveOne } from '@thingwright/core';
import { asciiJson } from '../ascii-json.js';
import { textOf } from '../members.js';
import {
  ADD_EVENT_SUBSCRIPTION,
  REMOVE_ACTION_OBSERVATION,
  REMOVE_EVENT_SUBSCRIPTION,
  REMOVE_PROPERTY_OBSERVATION,
} from './extensions.js';
import { type DecodeOptions, invalid, type LegacyRequest, type ObserveAction, readParts } from './instruction.js';

/** What LabThings' socket takes; all but the first two are our extensions. Writing and invoking are for HTTP. */
export type LabThingsInstruction = ObserveOne | UnobserveOne | ObserveAction;

const MESSAGE_TYPES: Readonly<Record<LabThingsInstruction['op'], string>> = {
  observeproperty: 'addPropertyObservation',
  observeaction: 'addActionObservation',
  unobserveproperty: REMOVE_PROPERTY_OBSERVATION,
  unobserveaction: REMOVE_ACTION_OBSERVATION,
  subscribeevent: ADD_EVENT_SUBSCRIPTION,
  unsubscribeevent: REMOVE_EVENT_SUBSCRIPTION,
};

function opOf(messageType: string, strict: boolean): LabThingsInstruction['op'] | undefined {
  switch (messageType) {
    case MESSAGE_TYPES.observeproperty:
      return 'observeproperty';
    case MESSAGE_TYPES.observeaction:
      return 'observeaction';
    case strict ? undefined : REMOVE_PROPERTY_OBSERVATION:
      return 'unobserveproperty';
    case strict ? undefined : REMOVE_ACTION_OBSERVATION:
      return 'unobserveaction';
    case strict ? undefined : ADD_EVENT_SUBSCRIPTION:
      return 'subscribeevent';
    case strict ? undefined : REMOVE_EVENT_SUBSCRIPTION:
      return 'unsubscribeevent';
    default:
      return undefined;
  }
}

const NOTHING: LegacyRequest<LabThingsInstruction> = {
  thing: undefined,
  op: undefined,
  parts: [],
  error: undefined,
  message: undefined,
};

/**
 * Reads a LabThings client's message. Never throws: what is wrong with a frame is in `error`. In strict mode an unknown
 * `messageType` has neither parts nor an error, as LabThings ignores it.
 */
export function decodeLabThingsRequest(
  text: string,
  { strict = false, maxNames }: DecodeOptions = {},
): LegacyRequest<LabThingsInstruction> {
  const message = parseJSON(text);
  if (message === undefined) return { ...NOTHING, error: invalid('The frame is not JSON') };
  if (!isMembers(message)) return { ...NOTHING, error: invalid('The frame is not a JSON object') };
  const envelope = { ...NOTHING, message };
  const messageType = textOf(message.messageType);
  if (messageType === undefined) {
    return { ...envelope, error: invalid('The member messageType is missing or no string') };
  }
  const op = opOf(messageType, strict);
  if (op === undefined) {
    return strict ? envelope : { ...envelope, error: invalid(`There is no messageType '${messageType.slice(0, 64)}'`) };
  }
  if (!isMembers(message.data)) {
    return { ...envelope, op, error: invalid('The member data is missing or no object') };
  }
  const parts = readParts(message.data, (name) => ({ op, name }), maxNames);
  return parts instanceof Error ? { ...envelope, op, error: parts } : { ...envelope, op, parts };
}

/** Writes a message to a LabThings server, in ASCII; one name each, as its first bad name ends a message (L2). */
export const encodeLabThingsRequest = ({ op, name }: LabThingsInstruction): string =>
  `{"messageType":"${MESSAGE_TYPES[op]}","data":{${asciiJson(name)}:true}}`;
