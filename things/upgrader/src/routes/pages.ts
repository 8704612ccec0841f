import { ThingError } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import type { FastifyRequest } from 'fastify';
import type { Slice } from '../catalogue.js';
import { type Field, readFields, type Sent } from './fields.js';
import { fieldError } from './rest-errors.js';

/** A part of a list in the words of the REST API (reference, section 8.1). */
export interface RestPage<T> {
  readonly count: number;
  readonly next: string | null;
  readonly previous: string | null;
  readonly results: readonly T[];
}

/** Which part of a list is asked for. */
export interface PageAsked {
  readonly number: number;
  readonly offset: number;
  readonly limit: number;
}

const DEFAULT_SIZE = 10;
const MOST = 100;

/** The query of a request. */
export const queryOf = ({ url }: FastifyRequest): URLSearchParams => new URL(url, 'http://localhost').searchParams;

/** Which page is asked for. @throws ThingError `notFound` for a page that cannot be. */
export function pageAsked(query: URLSearchParams): PageAsked {
  const number = positive(query.get('page') ?? '1');
  if (number === undefined) throw new ThingError('notFound', 'Invalid page.');
  const limit = Math.min(positive(query.get('page_size') ?? '') ?? DEFAULT_SIZE, MOST);
  return { number, limit, offset: (number - 1) * limit };
}

/** Makes the answer. @throws ThingError `notFound` for a page after the last one. */
export function pageOf<T>(
  { items, count }: Slice<T>,
  { number, limit, offset }: PageAsked,
  { request, listener }: { readonly request: FastifyRequest; readonly listener: Listener },
): RestPage<T> {
  if (number > 1 && offset >= count) throw new ThingError('notFound', 'Invalid page.');
  const at = (page: number): string => {
    const url = new URL(request.url, listener.originOf(request.raw));
    if (page === 1) url.searchParams.delete('page');
    else url.searchParams.set('page', String(page));
    return url.href;
  };
  return {
    count,
    next: offset + limit < count ? at(number + 1) : null,
    previous: number > 1 ? at(number - 1) : null,
    results: items,
  };
}

/** By what a list is ordered: the first of `ordering` that is known. */
export function orderAsked<const Name extends string>(
  query: URLSearchParams,
  known: readonly Name[],
): { readonly by: Name; readonly isDescending: boolean } | undefined {
  for (const asked of query.get('ordering')?.split(',') ?? []) {
    const isDescending = asked.startsWith('-');
    const by = known.find((name) => name === (isDescending ? asked.slice(1) : asked));
    if (by !== undefined) return { by, isDescending };
  }
  return undefined;
}

/** Reads filters; an empty one does not count. @throws ThingError `invalid` for values that cannot be. */
export const filtersAsked = <const F extends Readonly<Record<string, Field<unknown>>>>(
  query: URLSearchParams,
  fields: F,
): Sent<F> => readFields(Object.fromEntries([...query].filter(([, value]) => value !== '')), fields);

/** One of some words. */
export const choice =
  <const Word extends string>(words: readonly Word[]): Field<Word> =>
  (asked) => {
    const found = words.find((word) => word === asked);
    return found === undefined
      ? { fault: `Select a valid choice. ${String(asked)} is not one of the available choices.` }
      : { value: found };
  };

/** A moment in milliseconds since 1970. */
export const moment: Field<number> = (asked) => {
  const value = typeof asked === 'string' ? Date.parse(asked) : Number.NaN;
  return Number.isNaN(value) ? { fault: 'Enter a valid date/time.' } : { value };
};

const positive = (digits: string): number | undefined => (/^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : undefined);

/** The id in a path. @throws ThingError `notFound` for what is none. */
export function idOf(value: string): string {
  if (/^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/.test(value)) return value;
  throw new ThingError('notFound', 'Not found.');
}

/** @throws ThingError `invalid` for a member that names what is not there. */
export const unknownID = (field: string, id: string): ThingError =>
  fieldError(field, `Invalid pk "${id}" - object does not exist.`);
