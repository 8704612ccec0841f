import { createHash } from 'node:crypto';
import { ThingError } from '@thingwright/core';
import { readQuery } from './query.js';

/** Which part of a list is wanted, and as what (Discovery, section 7.3.2.1.6). */
export interface Page {
  readonly offset: number;
  /** Absent: all that follows. */
  readonly limit?: number;
  readonly format: 'array' | 'collection';
  /** Whether a part was asked for. */
  readonly isPart: boolean;
}

/** Reads `limit`, `offset` and `format`. @throws ThingError `invalid`, for any other parameter too. */
export function readPage(url: string): Page {
  const { limit, offset, format = 'array' } = readQuery(url, ['limit', 'offset', 'format']);
  if (format !== 'array' && format !== 'collection') {
    throw new ThingError('invalid', `'format' is array or collection`);
  }
  return {
    offset: offset === undefined ? 0 : wholeNumber('offset', offset, 0),
    ...(limit === undefined ? {} : { limit: wholeNumber('limit', limit, 1) }),
    format,
    isPart: limit !== undefined || offset !== undefined,
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (number >= least) return number;
  throw new ThingError('invalid', `'${name}' is a whole number from ${least}`);
}

/** The collection, relative to itself: it is right behind any prefix of a proxy, too. */
const COLLECTION = 'things';

/** The address of a page. */
export function addressOf({ offset, limit, format, isPart }: Page): string {
  const parameters = new URLSearchParams();
  if (isPart) parameters.set('offset', String(offset));
  if (limit !== undefined) parameters.set('limit', String(limit));
  if (format !== 'array') parameters.set('format', format);
  return parameters.size === 0 ? COLLECTION : `${COLLECTION}?${parameters.toString()}`;
}

/** The page that follows, if there is more than this one shows. */
export function nextOf(page: Page, total: number): Page | undefined {
  const { offset, limit } = page;
  if (limit === undefined || offset + limit >= total) return undefined;
  return { ...page, offset: offset + limit, isPart: true };
}

/** `Link` of a page: to the next one, and to the collection with a tag that changes when a Thing comes or goes. */
export function linksOf(page: Page, ids: readonly string[]): string {
  const next = nextOf(page, ids.length);
  const digest = createHash('sha256');
  for (const id of ids) digest.update(`${id}\n`);
  const etag = digest.digest('base64url').slice(0, 27);
  return [
    ...(next ? [`<${addressOf(next)}>; rel="next"`] : []),
    `<${COLLECTION}>; rel="canonical"; etag="${etag}"`,
  ].join(', ');
}
