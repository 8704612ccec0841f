import type { IncomingMessage } from 'node:http';

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * The token of an `Authorization: Bearer` header: all after the first space, any visible ASCII (wider than RFC 6750, section
 * 2.1, because devices in the field have such tokens). The scheme's case does not matter. Undefined if the header is missing
 * or is not of this form.
 */
export function bearerToken(request: IncomingMessage): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  const space = header.indexOf(' ');
  if (space < 0 || header.slice(0, space).toLowerCase() !== 'bearer') return undefined;
  const token = header.slice(space + 1);
  return VISIBLE_ASCII.test(token) ? token : undefined;
}
