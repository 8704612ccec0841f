import type { Site, Thing } from '@thingwright/core';
import { acceptJsonBodies, type Binding, type ListenOptions } from '@thingwright/listener';
import { addActionRoutes } from './action-routes.js';
import { createRouter } from './call.js';
import { addDescriptionRoutes } from './description-routes.js';
import { createDescriptions } from './descriptions.js';
import { addEventRoutes } from './event-routes.js';
import { httpForms, httpSubprotocolForms } from './http-forms.js';
import { addLabThingsRoutes } from './labthings-routes.js';
import { createLongPolling, longPollingForms } from './long-polling.js';
import { addPollingRoutes } from './polling-routes.js';
import { addPropertyRoutes } from './property-routes.js';
import { createRequestLimit, type RequestRate } from './request-limit.js';
import { createStreams, type StreamOptions } from './streams.js';

/** Where to listen, and how the HTTP binding behaves. */
export interface HttpOptions extends ListenOptions, StreamOptions {
  /** false: a directory lists the Things, at `/things`. Default true. */
  readonly listing?: boolean;
  /** Requests that one caller may send; more are answered with 429. Default: no limit. */
  readonly requestRate?: RequestRate;
  /** Adds to every affordance a form in the labelling of the proposed HTTP sub-protocol. Default false. */
  readonly subprotocolForms?: boolean;
  /**
   * Adds before the event streams of the SSE profile what node-wot's clients take in their place: they know neither events with
   * names nor credentials there. Default false.
   */
  readonly longPolling?: boolean;
  /** Adds to Thing Descriptions the `links` and `href` by which WebThings' clients find their way. Default false; not in strict mode. */
  readonly webThingsLinks?: boolean;
}

/**
 * Serves Things over HTTP: Thing Descriptions, the HTTP Basic and the HTTP SSE Profile, an OpenAPI document; outside strict mode
 * also what the clients of WebThings and LabThings need.
 * @throws RangeError for a request rate that is not positive.
 */
export function http(options: HttpOptions = {}): Binding {
  const {
    keepAlive,
    maxQueued,
    requestRate,
    subprotocolForms,
    longPolling,
    webThingsLinks = false,
    listing = true,
    ...listen
  } = options;
  const limit = requestRate && createRequestLimit(requestRate);
  return {
    listen,
    open(site, listener) {
      if (longPolling) site.addForms(longPollingForms);
      site.addForms(httpForms);
      if (subprotocolForms) site.addForms(httpSubprotocolForms);
      warnOfNames(site);
      listener.fastify.register((app, _options, done) => {
        acceptJsonBodies(app);
        const router = createRouter(app, site, { listener, limit });
        const { strict } = site;
        const descriptions = createDescriptions(site, listener, webThingsLinks && !strict);
        const openStream = createStreams(site, listener, { keepAlive, maxQueued });
        addDescriptionRoutes(router, { site, listener, descriptions }, listing);
        addPropertyRoutes(router, openStream, strict);
        addActionRoutes(router, strict);
        addEventRoutes(router, openStream, strict);
        if (!strict) addLabThingsRoutes(router, { site, listener, descriptions });
        if (longPolling) addPollingRoutes(router, createLongPolling(site, listener));
        done();
      });
    },
  };
}

/** Names that browsers' EventSource has events of its own for; listeners get both, and cannot tell them apart. */
const EVENT_SOURCE_NAMES = ['error', 'open', 'message'];

function warnOfNames(site: Site): void {
  const warn = ({ name: thing, model }: Thing): void => {
    for (const name of EVENT_SOURCE_NAMES) {
      if (model.properties?.[name] ?? model.events?.[name]) {
        site.log.warn({ thing, affordance: name }, 'EventSource has an event of this name itself');
      }
    }
  };
  for (const thing of site.things.values()) warn(thing);
  site.changes.subscribe(({ type, thing }) => type === 'added' && warn(thing));
}
