import { ThingError } from '@thingwright/core';
import { type NetworkSettings, networkFault } from './network-settings.js';

/** What a client asks of a manager (reference, section 4.3). */
export type ManagerCommand =
  | { readonly name: 'rename'; readonly to: string }
  /** `clearsKeys`: whether all trusted keys go with the old password, that of the caller too. */
  | { readonly name: 'passwd'; readonly old: string; readonly new: string; readonly clearsKeys: boolean }
  | { readonly name: 'reset_passwd'; readonly new: string }
  | { readonly name: 'network'; readonly settings: NetworkSettings }
  | { readonly name: 'scan_wifi' }
  /** `key`: SubjectPublicKeyInfo, PEM. */
  | { readonly name: 'add_trust'; readonly label: string; readonly key: string }
  | { readonly name: 'list_trust' }
  /** `accessID`: 40 hexadecimal digits in lower case. */
  | { readonly name: 'remove_trust'; readonly accessID: string };

/** What a manager reads that is no command: without a known name, or with other arguments than it takes. */
export type NoManagerCommand = { readonly name: 'unknown' } | { readonly name: 'malformed' };

/** Bytes of a name; a device keeps no more. */
export const LONGEST_NAME = 256;
const ACCESS_ID = /^[\da-f]{40}$/;

/**
 * The text of a command, to be put into a frame.
 * @throws ThingError `invalid` for what would reach the device as something else: NUL and control characters anywhere but in a
 *   key's line breaks, an empty name, a network setting that is wrong, an access id that is none
 */
export function encodeManagerCommand(command: ManagerCommand): string {
  switch (command.name) {
    case 'rename':
      return joined('rename', nameOf(command.to));
    case 'passwd':
      return joined('passwd', plain('password', command.old), secret(command.new), command.clearsKeys ? 'Y' : 'F');
    case 'reset_passwd':
      return joined('reset_passwd', secret(command.new));
    case 'network':
      return joined('network', ...networkItems(command.settings));
    case 'add_trust':
      return joined('add_trust', plain('label', command.label), keyOf(command.key));
    case 'remove_trust':
      if (!ACCESS_ID.test(command.accessID)) throw new ThingError('invalid', 'An access id has 40 hexadecimal digits');
      return joined('remove_trust', command.accessID);
    case 'scan_wifi':
    case 'list_trust':
      return command.name;
  }
}

/** Decodes a command as a manager does; never throws. What arguments hold is up to the manager. */
export function decodeManagerCommand(text: string): ManagerCommand | NoManagerCommand {
  const [name, ...words] = text.split('\0');
  const [first, second, third] = words;
  switch (name) {
    case 'rename':
      return first === undefined ? MALFORMED : { name, to: first };
    case 'passwd':
      return first === undefined || second === undefined || (third !== 'Y' && third !== 'F')
        ? MALFORMED
        : { name, old: first, new: second, clearsKeys: third === 'Y' };
    case 'reset_passwd':
      return first === undefined ? MALFORMED : { name, new: first };
    case 'network':
      return { name, settings: new Map(words.map(keyAndValue)) };
    case 'add_trust':
      return first === undefined || second === undefined ? MALFORMED : { name, label: first, key: second };
    case 'remove_trust':
      return first === undefined ? MALFORMED : { name, accessID: first };
    case 'scan_wifi':
    case 'list_trust':
      return { name };
    default:
      return { name: 'unknown' };
  }
}

const MALFORMED: NoManagerCommand = { name: 'malformed' };

const joined = (...words: readonly string[]): string => words.join('\0');

/** A text that stays one argument, and is shown as what it is. */
function plain(what: string, text: string): string {
  if (/\p{Cc}/u.test(text)) throw new ThingError('invalid', `The ${what} must not hold control characters`);
  return text;
}

function nameOf(name: string): string {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > LONGEST_NAME) throw new ThingError('invalid', `A name has 1 to ${LONGEST_NAME} bytes`);
  return plain('name', name);
}

function secret(password: string): string {
  if (password === '') throw new ThingError('invalid', 'The new password must not be empty');
  return plain('password', password);
}

function keyOf(key: string): string {
  if (key.includes('\0')) throw new ThingError('invalid', 'A key has to be PEM');
  return key;
}

function networkItems(settings: NetworkSettings): readonly string[] {
  const fault = networkFault(settings);
  if (fault !== undefined) throw new ThingError('invalid', `The network setting '${fault}' is missing or wrong`);
  return [...settings].map(([key, value]) => `${key}=${value}`);
}

/** Split at every `=`, as devices do: of a value that holds one the first part is left. */
function keyAndValue(item: string): readonly [string, string] {
  const [key = '', value = ''] = item.split('=');
  return [key, value];
}
