import { type ErrorCode, ThingError } from '@thingwright/core';

/** What the symbols of devices mean to a caller (reference, sections 4.4, 5.4 and 7.4); others are the device's own trouble. */
const CODES: ReadonlyMap<string, ErrorCode> = new Map([
  ['NO_TASK', 'conflict'],
  ['RESOURCE_BUSY', 'conflict'],
  ['OPERATION_ERROR', 'conflict'],
  ['BAD_PARAMS', 'invalid'],
  ['BAD_FILE_FORMAT', 'invalid'],
  ['FILE_BROKEN', 'invalid'],
  ['AUTH_ERROR', 'forbidden'],
  ['NOT_EXIST', 'notFound'],
  ['NOT_FOUND', 'notFound'],
  ['TOO_LARGE', 'tooLarge'],
  ['UNKNOWN_COMMAND', 'notAllowed'],
  ['NOT_SUPPORT', 'notAllowed'],
  ['KICKED', 'disconnected'],
]);

/** The error that a device has answered with; `asked` says what it was asked for. */
export function deviceError(asked: string, symbols: readonly [string, ...string[]]): ThingError {
  return new ThingError(
    CODES.get(symbols[0]) ?? 'protocol',
    `The printer has refused '${asked}': ${symbols.join(' ')}`,
  );
}
