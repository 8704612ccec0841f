import {
  type InvokeAction,
  isMembers,
  type Members,
  type ObserveOne,
  parseJSON,
  type UnobserveOne,
  type WriteProperty,
} from '@thingwright/core';
import { asciiJson } from '../ascii-json.js';
import { ownMember, textOf } from '../members.js';
import { REMOVE_EVENT_SUBSCRIPTION } from './extensions.js';
import {
  type DecodeOptions,
  type Instruction,
  invalid,
  type LegacyRequest,
  type ReadEntry,
  readParts,
} from './instruction.js';

/** What WebThings' socket takes; properties are observed unasked, and ending a subscription is our extension X4. */
export type WebThingsInstruction =
  | WriteProperty
  | InvokeAction
  | (ObserveOne & { readonly op: 'subscribeevent' })
  | (UnobserveOne & { readonly op: 'unsubscribeevent' });

/** How the entries of a message of that type are read; undefined for one that nobody knows. */
function reading(
  messageType: string,
  strict: boolean,
): { op: WebThingsInstruction['op']; read: ReadEntry<WebThingsInstruction> } | undefined {
  switch (messageType) {
    case 'setProperty':
      return { op: 'writeproperty', read: (name, value) => ({ op: 'writeproperty', name, value }) };
    case 'requestAction':
      return { op: 'invokeaction', read: readInvocation };
    case 'addEventSubscription':
      return { op: 'subscribeevent', read: (name) => ({ op: 'subscribeevent', name }) };
    case strict ? undefined : REMOVE_EVENT_SUBSCRIPTION:
      return { op: 'unsubscribeevent', read: (name) => ({ op: 'unsubscribeevent', name }) };
    default:
      return undefined;
  }
}

/** An input of 0, false, '' or null is one (W8); no entry is no request (W4). */
function readInvocation(name: string, entry: unknown): InvokeAction | string {
  if (!isMembers(entry)) return 'Invalid message';
  const input = ownMember(entry, 'input');
  return input === undefined ? { op: 'invokeaction', name } : { op: 'invokeaction', name, input };
}

const NOTHING: LegacyRequest<WebThingsInstruction> = {
  thing: undefined,
  op: undefined,
  parts: [],
  error: undefined,
  message: undefined,
};

/**
 * Reads a WebThings client's message. Never throws: what is wrong with a frame is in `error`, in the words of the original
 * servers. Whether `thing` has to be there, and is known, is for the server to ask.
 */
export function decodeWebThingsRequest(text: string, options: DecodeOptions = {}): LegacyRequest<WebThingsInstruction> {
  const message = parseJSON(text);
  if (message === undefined) return { ...NOTHING, error: invalid('Parsing request failed') };
  return isMembers(message) ? readRequest(message, options) : { ...NOTHING, error: invalid('Invalid message') };
}

function readRequest(
  message: Members,
  { strict = false, maxNames }: DecodeOptions,
): LegacyRequest<WebThingsInstruction> {
  const id = ownMember(message, 'id');
  const envelope = { ...NOTHING, message, thing: textOf(id) };
  const { messageType } = message;
  if (messageType === undefined) return { ...envelope, error: invalid('Unknown messageType: undefined') };
  if (typeof messageType !== 'string' || (id !== undefined && typeof id !== 'string')) {
    return { ...envelope, error: invalid('Invalid message') };
  }
  const known = reading(messageType, strict);
  if (!known) return { ...envelope, error: invalid(`Unknown messageType: ${messageType.slice(0, 64)}`) };
  const { op, read } = known;
  const parts = readParts(message.data, read, maxNames);
  return parts instanceof Error ? { ...envelope, op, error: parts } : { ...envelope, op, parts };
}

/** What an error's `request` asked for; nothing where it cannot be read. */
export function readRepeatedRequest(request: unknown): readonly Instruction[] {
  if (!isMembers(request)) return [];
  return readRequest(request, {}).parts.flatMap(({ instruction }) => instruction ?? []);
}

/** Writes a message to a WebThings server, in ASCII; `thing` is the `id` that a socket of all Things asks for. */
export function encodeWebThingsRequest(instruction: WebThingsInstruction, thing?: string): string {
  const [messageType, entry] = typeAndEntry(instruction);
  const id = thing === undefined ? '' : `,"id":${asciiJson(thing)}`;
  return `{"messageType":"${messageType}"${id},"data":{${asciiJson(instruction.name)}:${entry}}}`;
}

function typeAndEntry(instruction: WebThingsInstruction): readonly [messageType: string, entry: string] {
  switch (instruction.op) {
    case 'writeproperty':
      return ['setProperty', asciiJson(instruction.value)];
    case 'invokeaction':
      return ['requestAction', instruction.input === undefined ? '{}' : `{"input":${asciiJson(instruction.input)}}`];
    case 'subscribeevent':
      return ['addEventSubscription', '{}'];
    case 'unsubscribeevent':
      return [REMOVE_EVENT_SUBSCRIPTION, '{}'];
  }
}
