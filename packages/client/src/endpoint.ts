import type { Form, ObserveOperation, OperationName, ThingDescription } from '@thingwright/core';
import { SUBPROTOCOL } from '@thingwright/web-thing-protocol';
import { httpOrigin } from './credentials.js';
import type { RequestOperation } from './transport.js';

/** Where an operation can be done: a WebSocket that speaks the Web Thing Protocol, or an HTTP resource (its URL may be a template). */
export interface Endpoint {
  readonly transport: 'websocket' | 'http';
  readonly url: string;
}

/** A Thing Description, and the URL that its relative references are resolved against. */
export interface Described {
  readonly td: ThingDescription;
  readonly base: string;
  /** What it places at one origin is reached at another. */
  readonly moved?: { readonly from: string; readonly to: string } | undefined;
}

type Section = 'properties' | 'actions' | 'events';

/** The affordances that an operation is about, and what a form means that does not say (TD 1.1, section 5.4). */
const SECTIONS: Readonly<Partial<Record<OperationName, readonly [Section, byDefault: boolean]>>> = {
  readproperty: ['properties', true],
  writeproperty: ['properties', true],
  observeproperty: ['properties', false],
  invokeaction: ['actions', true],
  queryaction: ['actions', false],
  cancelaction: ['actions', false],
  subscribeevent: ['events', true],
};

/** Operations that HTTP answers with an event stream. */
const STREAMS: ReadonlySet<string> = new Set<OperationName>([
  'observeproperty',
  'observeallproperties',
  'subscribeevent',
  'subscribeallevents',
]);

/**
 * Where an operation can be done, in the order of the TD, WebSockets first: forms of the affordance, then top-level ones
 * (A26). Scheme and sub-protocol decide together (A54): plain http(s) forms are requests, `sse` ones are streams, and http(s)
 * with `webthingprotocol` is both.
 */
export function endpointsOf(
  { td, ...place }: Described,
  operation: RequestOperation | ObserveOperation,
): readonly Endpoint[] {
  const { op } = operation;
  const [section, byDefault] = SECTIONS[op] ?? [undefined, false];
  const own = section === undefined ? [] : formsIn(td, section, 'name' in operation ? operation.name : undefined);
  const forms = [
    ...own.filter((form) => offers(form, op, byDefault)),
    ...(td.forms ?? []).filter((form) => offers(form, op, false)),
  ];
  const endpoints = forms.flatMap((form) => endpointOf(form, op, place) ?? []);
  return [
    ...endpoints.filter(({ transport }) => transport === 'websocket'),
    ...endpoints.filter(({ transport }) => transport === 'http'),
  ];
}

/** How a TD lets its Thing be reached: every WebSocket once, in its order, and whether there is HTTP. */
export function waysTo({ td, ...place }: Described): {
  readonly webSockets: readonly string[];
  readonly hasHttp: boolean;
} {
  const forms = [
    ...(td.forms ?? []),
    ...formsIn(td, 'properties', undefined),
    ...formsIn(td, 'actions', undefined),
    ...formsIn(td, 'events', undefined),
  ];
  const ops = ['readproperty', 'observeproperty'] as const;
  const endpoints = forms.flatMap((form) => ops.flatMap((op) => endpointOf(form, op, place) ?? []));
  const urls = endpoints.filter(({ transport }) => transport === 'websocket').map(({ url }) => url);
  return { webSockets: [...new Set(urls)], hasHttp: endpoints.some(({ transport }) => transport === 'http') };
}

function formsIn(td: ThingDescription, section: Section, name: string | undefined): readonly Form[] {
  const group = td[section] ?? {};
  if (name === undefined) return Object.values(group).flatMap(({ forms }) => forms);
  return Object.hasOwn(group, name) ? (group[name]?.forms ?? []) : [];
}

function offers({ op: offered }: Form, op: OperationName, byDefault: boolean): boolean {
  if (offered === undefined) return byDefault;
  return typeof offered === 'string' ? offered === op : offered.includes(op);
}

type Place = Omit<Described, 'td'>;

function endpointOf({ href, subprotocol, contentType }: Form, op: OperationName, place: Place): Endpoint | undefined {
  const url = resolve(href, place);
  if (url === undefined) return undefined;
  if (/^wss?:/.test(url)) return subprotocol === SUBPROTOCOL ? { transport: 'websocket', url } : undefined;
  const suits = STREAMS.has(op) ? subprotocol === 'sse' : subprotocol === undefined;
  const isJson = contentType === undefined || /^application\/(.+\+)?json\b/i.test(contentType);
  if (!/^https?:/.test(url) || !isJson || !(suits || subprotocol === SUBPROTOCOL)) return undefined;
  return { transport: 'http', url };
}

/** Resolves a reference and keeps the braces of a template. */
function resolve(href: string, { base, moved }: Place): string | undefined {
  try {
    const { href: url } = new URL(href, base);
    const placed =
      moved && httpOrigin(url) === moved.from ? url.replace(/^(ws|http)s?:\/\/[^/?#]*/, `$1${moved.to.slice(4)}`) : url;
    return placed.replaceAll('%7B', '{').replaceAll('%7D', '}');
  } catch {
    return undefined;
  }
}
