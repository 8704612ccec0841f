import { isMembers } from '@thingwright/core';
import { textOf } from '../members.js';
import { LABTHINGS_PATH } from './dialect.js';

/** Address of the socket of a LabThings Thing, from that of its description. @throws TypeError for what is no URL. */
export function labThingsSocket(description: string): string {
  const url = new URL(description);
  url.search = '';
  url.hash = '';
  url.pathname += url.pathname.endsWith('/') ? LABTHINGS_PATH : `/${LABTHINGS_PATH}`;
  url.protocol = url.protocol === 'https:' || url.protocol === 'wss:' ? 'wss:' : 'ws:';
  return url.href;
}

/** Address of the socket that a WebThings description links to; undefined if it links to none. Never throws. */
export function webThingsSocket(description: unknown): string | undefined {
  const links: unknown = isMembers(description) ? description.links : undefined;
  if (!Array.isArray(links)) return undefined;
  return links
    .flatMap((link: unknown) => (isMembers(link) && link.rel === 'alternate' ? (textOf(link.href) ?? []) : []))
    .find((href) => /^wss?:/i.test(href));
}
