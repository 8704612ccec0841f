import { type ClientCredentials, createClient } from '@thingwright/client';
import { createNodeSockets } from '@thingwright/client/node';
import {
  createBackOff,
  type DescribedAffordance,
  type Form,
  type Handlers,
  type Model,
  modelOfDescription,
  polling,
  type ThingDescription,
} from '@thingwright/core';
import { activeTrace } from '../observability/tracing.js';
import type { Adopter, Adoption, ForeignCredentials } from './adopter.js';
import { formsOf, schemesOf } from './foreign-description.js';
import { createForeignLink, type ForeignLink } from './foreign-link.js';
import { createGuardedFetch } from './guarded-fetch.js';

/** Milliseconds that a foreign Thing may take to answer. */
const TIMEOUT = 10_000;
/** Bytes of an answer. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Adopts Things that Thingwright's own client speaks with: the Web Thing Protocol, the HTTP Basic and SSE profiles. */
export const clientAdopter: Adopter = {
  name: 'thingwright',
  schemes: ['http', 'https', 'ws', 'wss'],
  canAdopt: (td) =>
    schemesOf(td).some(({ scheme, in: place = 'header' }) => scheme !== 'apikey' && place === 'header') &&
    Object.values(td.properties ?? {}).every((property) => canUse(td, property)) &&
    Object.values(td.actions ?? {}).every(({ forms }) => forms.some((form) => isRequest(td, form, 'invokeaction'))) &&
    Object.values(td.events ?? {}).every(({ forms }) => forms.some((form) => isStream(td, form, 'subscribeevent'))),
  async adopt(td, adoption) {
    const model = modelOfDescription(td, { keepsAsynchronous: true, observesAll: true, checksPatterns: false });
    const link = linkTo(td, adoption);
    const implement = (): Handlers => {
      link.open();
      return handlersOf(td, model, { link, ...adoption });
    };
    return { model, implement, [Symbol.asyncDispose]: () => link[Symbol.asyncDispose]() };
  },
};

function linkTo(td: ThingDescription, { credentials, addresses, log }: Adoption): ForeignLink {
  const fetch = createGuardedFetch(addresses, { bodySize: MOST_BYTES });
  const agentFor = (url: string) => (url.startsWith('wss:') ? addresses.httpsAgent : addresses.httpAgent);
  const sockets = createNodeSockets({ agentFor });
  const client = createClient({ fetch, sockets, requestTimeout: TIMEOUT, log, trace: activeTrace });
  const urls = formsOf(td).map(({ href }) => new URL(href, td.base).href);
  // Where everything can be had over one socket nothing else will do: HTTP would be for good, once the socket had failed.
  const affordances = [td.properties, td.actions, td.events].flatMap((group) => Object.values(group ?? {}));
  const hasSocket = affordances.every(({ forms }) => forms.some((form) => isSocket(td, form)));
  const options = {
    ...toClientCredentials(credentials),
    td,
    trustedOrigins: urls,
    ...(hasSocket && affordances.length > 0 ? { transport: 'websocket' as const } : {}),
  };
  return createForeignLink({
    title: td.title,
    consume: (signal) => client.consume(td.base ?? urls[0] ?? '', { ...options, signal }),
    backOff: createBackOff(),
    log,
  });
}

function toClientCredentials({ token, username, password = '' }: ForeignCredentials = {}): ClientCredentials {
  if (token !== undefined) return { token };
  return username === undefined ? {} : { basic: { user: username, password } };
}

function handlersOf(
  td: ThingDescription,
  { title, properties = {}, actions = {}, events = {} }: Model,
  { link, pollInterval, log }: Adoption & { readonly link: ForeignLink },
): Handlers {
  const readValue = (name: string, uriVariables = {}): Promise<unknown> =>
    link.ask(`Property '${name}' of '${title}'`, async ({ properties: { [name]: property } }) =>
      property?.read({ uriVariables }),
    );
  const isPushed = (name: string): boolean =>
    td.properties?.[name]?.forms.some((form) => isStream(td, form, 'observeproperty')) ?? false;

  return {
    properties: new Map(
      Object.entries(properties).map(([name, { readOnly, writeOnly }]) => [
        name,
        {
          ...(writeOnly
            ? {}
            : {
                read: ({ uriVariables }) => readValue(name, uriVariables),
                value: isPushed(name)
                  ? link.follow((thing) => thing.properties[name])
                  : polling(() => readValue(name), {
                      interval: pollInterval,
                      failed: (error) => log.debug({ thing: title, property: name, error }, 'a poll failed'),
                    }),
              }),
          ...(readOnly
            ? {}
            : {
                write: (value, { uriVariables }) =>
                  link.ask(`Writing property '${name}' of '${title}'`, async (thing) =>
                    thing.properties[name]?.write(value, { uriVariables }),
                  ),
              }),
        },
      ]),
    ),
    actions: new Map(
      Object.keys(actions).map((name) => [
        name,
        {
          run: (input, { uriVariables, signal }) =>
            link.ask(
              `Action '${name}' of '${title}'`,
              async (thing) => thing.actions[name]?.(input, { uriVariables, signal }).output,
            ),
        },
      ]),
    ),
    events: new Map(Object.keys(events).map((name) => [name, link.follow((thing) => thing.events[name])])),
  };
}

function canUse(td: ThingDescription, { forms, readOnly, writeOnly }: DescribedAffordance): boolean {
  return (
    (writeOnly === true || forms.some((form) => isRequest(td, form, 'readproperty'))) &&
    (readOnly === true || forms.some((form) => isRequest(td, form, 'writeproperty')))
  );
}

const schemeOf = ({ base }: ThingDescription, { href }: Form): string => new URL(href, base).protocol;

const isSocket = (td: ThingDescription, form: Form): boolean =>
  /^wss?:$/.test(schemeOf(td, form)) && form.subprotocol === 'webthingprotocol';

/** What the client sends, which looks at no other method than that of the profile. */
const METHODS = { readproperty: 'GET', writeproperty: 'PUT', invokeaction: 'POST' } as const;

function isRequest(td: ThingDescription, form: Form, op: keyof typeof METHODS): boolean {
  if (!offers(form, op)) return false;
  if (isSocket(td, form)) return true;
  const { contentType = 'application/json', subprotocol, 'htv:methodName': method = METHODS[op] } = form;
  return (
    /^https?:$/.test(schemeOf(td, form)) &&
    /^application\/(.+\+)?json\b/i.test(contentType) &&
    subprotocol === undefined &&
    method === METHODS[op]
  );
}

const isStream = (td: ThingDescription, form: Form, op: 'observeproperty' | 'subscribeevent'): boolean =>
  offers(form, op) && (isSocket(td, form) || (/^https?:$/.test(schemeOf(td, form)) && form.subprotocol === 'sse'));

/** A form that names no operation is for reading and writing, for invoking, or for subscribing (TD 1.1, section 5.4). */
const offers = ({ op }: Form, wanted: string): boolean =>
  op === undefined ? wanted !== 'observeproperty' : [op].flat().some((offered) => offered === wanted);
