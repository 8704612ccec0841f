import type { IncomingHttpHeaders } from 'node:http';
import { ThingError } from '@thingwright/core';

/** On which state of a registration a change insists (RFC 9110, section 13.1). */
export interface Preconditions {
  readonly ifMatch?: Tags;
  readonly ifNoneMatch?: Tags;
}

/** Entity tags as they came, with their quotes; `*`: any. */
type Tags = '*' | readonly string[];

/** That a registration is not in the state on which a change insists: nothing has changed. Over HTTP it is 412 (RFC 9110, section 15.5.13). */
export class PreconditionFailed extends ThingError {
  constructor(detail: string) {
    super('conflict', detail);
  }
}

/** Reads `If-Match` and `If-None-Match`. @throws ThingError `invalid` for what is no list of entity tags. */
export function readPreconditions(headers: IncomingHttpHeaders): Preconditions {
  const ifMatch = readTags('If-Match', headers['if-match']);
  const ifNoneMatch = readTags('If-None-Match', headers['if-none-match']);
  return { ...(ifMatch ? { ifMatch } : {}), ...(ifNoneMatch ? { ifNoneMatch } : {}) };
}

/**
 * Looks whether a registration is in the state on which a change insists.
 * @param etag Of the registration; undefined: there is none.
 * @throws PreconditionFailed
 */
export function checkPreconditions({ ifMatch, ifNoneMatch }: Preconditions, etag: string | undefined): void {
  if (ifMatch && !names(ifMatch, etag)) {
    throw new PreconditionFailed(
      etag === undefined ? 'There is no such registration' : 'The registration has changed: look at it again',
    );
  }
  // To say that something is not there, weak tags do as well (RFC 9110, section 13.1.2).
  if (ifNoneMatch && (names(ifNoneMatch, etag) || names(ifNoneMatch, etag && `W/${etag}`))) {
    throw new PreconditionFailed('There is such a registration already');
  }
}

const names = (tags: Tags, etag: string | undefined): boolean =>
  etag !== undefined && (tags === '*' || tags.includes(etag));

/** One entity tag and the comma behind it (RFC 9110, section 8.8.3). */
const TAG = /[\t ]*((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[\t ]*(?:,|$)/y;

function readTags(name: string, header: string | undefined): Tags | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return '*';
  const tags: string[] = [];
  TAG.lastIndex = 0;
  do {
    const [, tag] = TAG.exec(header) ?? [];
    if (tag === undefined) throw new ThingError('invalid', `'${name}' is * or a list of entity tags in quotes`);
    tags.push(tag);
  } while (TAG.lastIndex < header.length);
  return tags;
}
