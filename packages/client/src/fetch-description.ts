import { isMembers, type ThingDescription, ThingError } from '@thingwright/core';
import { httpOrigin } from './credentials.js';
import type { Described } from './endpoint.js';
import { type HttpOptions, requestJson } from './http-requests.js';

/** A description as it came, and the URL that it came from. */
export interface FetchedDescription {
  readonly description: unknown;
  readonly from: string;
}

/** Fetches the description of a Thing, in whatever form. Rejects with a ThingError, as any request. */
export async function fetchDescription(
  url: string,
  options: HttpOptions & { readonly signal?: AbortSignal },
): Promise<FetchedDescription> {
  const { signal } = options;
  const request = { url, accept: 'application/td+json, application/json;q=0.9', ...(signal ? { signal } : {}) };
  const { body, url: from } = await requestJson(request, options);
  return { description: body, from };
}

/** Takes a TD that came from a URL, at which it is reached with `atItsOrigin`. @throws ThingError `protocol` for what is no TD. */
export function describedBy(td: unknown, from: string, { atItsOrigin = false } = {}): Described {
  if (!isThingDescription(td)) throw new ThingError('protocol', `There is no Thing Description at ${from}`);
  try {
    const base = new URL(td.base ?? '', from).href;
    return { td, base, ...(atItsOrigin ? { moved: { from: httpOrigin(base), to: httpOrigin(from) } } : {}) };
  } catch (cause) {
    throw new ThingError('protocol', `The Thing Description at ${from} has no usable base`, { cause });
  }
}

/** Looks at all that the client relies on; the rest of a TD may be what it is. */
function isThingDescription(value: unknown): value is ThingDescription {
  if (!isMembers(value)) return false;
  const { title, id, base, properties, actions, events, forms } = value;
  return (
    typeof title === 'string' &&
    isOptionalString(id) &&
    isOptionalString(base) &&
    [properties, actions, events].every(isGroup) &&
    (forms === undefined || areForms(forms))
  );
}

const isOptionalString = (value: unknown): boolean => value === undefined || typeof value === 'string';

const isGroup = (group: unknown): boolean =>
  group === undefined ||
  (isMembers(group) && Object.values(group).every((part) => isMembers(part) && areForms(part.forms)));

const areForms = (forms: unknown): boolean => Array.isArray(forms) && forms.every(isForm);

const isForm = (form: unknown): boolean =>
  isMembers(form) &&
  typeof form.href === 'string' &&
  isOptionalString(form.subprotocol) &&
  isOptionalString(form.contentType) &&
  (isOptionalString(form.op) || (Array.isArray(form.op) && form.op.every((op) => typeof op === 'string')));
