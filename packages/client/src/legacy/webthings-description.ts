import { type DescribedAffordance, type Form, isMembers, type Members, ThingError } from '@thingwright/core';
import { WEBTHINGS_SUBPROTOCOL, webThingsSocket } from '@thingwright/web-thing-protocol/legacy';
import type { Described } from '../endpoint.js';
import { describedBy } from '../fetch-description.js';

/** What a WebThings description says, brought into the form of a TD, and where its resources are. */
export interface WebThingsDescription {
  readonly described: Described;
  readonly socket: string | undefined;
  /** URL of all values. */
  readonly properties: string;
  /** URL at which actions are requested. */
  readonly actions: string;
  /** URL of a property by name. */
  readonly property: ReadonlyMap<string, string>;
  /** Whether values are sent under the property's name: only descriptions without forms are so old. */
  readonly isOld: boolean;
}

/** Terms of an affordance that are about it, and not about its data. */
const OWN_TERMS: ReadonlySet<string> = new Set(['@type', 'title', 'titles', 'label', 'name', 'description', 'forms']);

const RENAMED: Readonly<Record<string, string>> = { label: 'title', name: 'title', min: 'minimum', max: 'maximum' };

/** What older drafts called otherwise. */
const renamed = (terms: Members): Members =>
  Object.fromEntries(
    Object.entries(terms).flatMap(([term, value]) => {
      if (term === 'links' || term === 'href') return [];
      const now = RENAMED[term];
      return now !== undefined && !Object.hasOwn(terms, now) ? [[now, value]] : [[term, value]];
    }),
  );

/** Reads a description that came from `from`. @throws ThingError `protocol` if it describes nothing. */
export function readWebThingsDescription(description: unknown, from: string): WebThingsDescription {
  if (!isMembers(description)) throw new ThingError('protocol', `There is no WebThings description at ${from}`);
  const base = baseOf(description, from);
  const thing = textIn(description, 'href') ?? new URL(from).pathname;
  const below = (rel: string): string =>
    resolve(linkTo(description, rel) ?? `${thing.replace(/\/$/, '')}/${rel}`, base);
  const places = { properties: below('properties'), actions: below('actions') };
  // Who names no socket has it at the URL of the Thing, says the API's text.
  const link = webThingsSocket(description) ?? from.replace(/^http/, 'ws');
  const socket = link !== undefined && URL.canParse(link) ? link : undefined;
  const property = new Map(
    entriesOf(description.properties).map(([name, terms]) => {
      const own = linkTo(terms, 'property') ?? textIn(terms, 'href') ?? formFor(terms);
      return [name, resolve(own ?? `${places.properties}/${encodeURIComponent(name)}`, base)];
    }),
  );
  const form = (href: string, op: NonNullable<Form['op']>): Form => ({ href, op });
  const heard = (op: NonNullable<Form['op']>): readonly Form[] =>
    socket === undefined ? [] : [{ href: socket, op, subprotocol: WEBTHINGS_SUBPROTOCOL }];
  const td = {
    ...description,
    '@context': description['@context'] ?? 'https://webthings.io/schemas',
    title: textIn(description, 'title') ?? textIn(description, 'name') ?? thing,
    base,
    security: description.security ?? 'nosec_sc',
    securityDefinitions: description.securityDefinitions ?? { nosec_sc: { scheme: 'nosec' } },
    forms: undefined,
    properties: each(description.properties, (terms, name) => ({
      ...renamed(terms),
      observable: true,
      forms: [
        form(property.get(name) ?? '', terms.readOnly === true ? 'readproperty' : ['readproperty', 'writeproperty']),
        ...heard('observeproperty'),
      ],
    })),
    actions: each(description.actions, (terms) => ({
      ...renamed(terms),
      synchronous: false,
      forms: [form(places.actions, 'invokeaction')],
    })),
    events: each(description.events, (terms) => ({ ...eventTerms(terms), forms: heard('subscribeevent') })),
  };
  return { described: describedBy(td, from), socket, ...places, property, isOld: !hasForms(description) };
}

function baseOf(description: Members, from: string): string {
  try {
    return new URL(textIn(description, 'base') ?? '', from).href;
  } catch (cause) {
    throw new ThingError('protocol', `The description at ${from} has no usable base`, { cause });
  }
}

function resolve(href: string, base: string): string {
  try {
    return new URL(href, base).href;
  } catch (cause) {
    throw new ThingError('protocol', `The description has an unusable link '${href}'`, { cause });
  }
}

function textIn(terms: Members, name: string): string | undefined {
  const value = terms[name];
  return typeof value === 'string' ? value : undefined;
}

function linkTo({ links }: Members, rel: string): string | undefined {
  const all: readonly unknown[] = Array.isArray(links) ? links : [];
  const link = all.filter(isMembers).find((one) => one.rel === rel);
  return link && textIn(link, 'href');
}

const formFor = ({ forms }: Members): string | undefined => {
  const first: unknown = Array.isArray(forms) ? forms[0] : undefined;
  return isMembers(first) ? textIn(first, 'href') : undefined;
};

function entriesOf(group: unknown): readonly (readonly [string, Members])[] {
  if (!isMembers(group)) return [];
  return Object.entries(group).flatMap(([name, terms]) => (isMembers(terms) ? [[name, terms] as const] : []));
}

function each(
  group: unknown,
  make: (terms: Members, name: string) => DescribedAffordance,
): Readonly<Record<string, DescribedAffordance>> {
  return Object.fromEntries(entriesOf(group).map(([name, terms]) => [name, make(terms, name)]));
}

/** The schema of an event's data stands among its own terms in older drafts. */
function eventTerms(terms: Members): Members {
  const all = Object.entries(renamed(terms));
  if (Object.hasOwn(terms, 'data')) return Object.fromEntries(all);
  const data = all.filter(([term]) => !OWN_TERMS.has(term));
  const own = all.filter(([term]) => OWN_TERMS.has(term));
  return Object.fromEntries(data.length === 0 ? own : [...own, ['data', Object.fromEntries(data)]]);
}

const hasForms = ({ properties, actions, events }: Members): boolean =>
  [properties, actions, events].flatMap(entriesOf).some(([, { forms }]) => Array.isArray(forms) && forms.length > 0);
