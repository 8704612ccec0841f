import type { DescribedAffordance, ThingDescription } from '@thingwright/core';

/** Whose description it is. */
interface Described {
  /** The local name of the Thing. */
  readonly name: string;
  /** At which its reader reaches it: `http://host:port`. */
  readonly origin: string;
}

/**
 * Adds to a Thing Description what WebThings' clients look for in place of forms: the Thing's `href`; links to its properties,
 * actions and events, and to its WebSocket; a link of each affordance to itself.
 */
export function withWebThingsLinks(td: ThingDescription, { name, origin }: Described): ThingDescription {
  const href = `/things/${encodeURIComponent(name)}`;
  const own: readonly unknown[] = Array.isArray(td.links) ? td.links : [];
  const socket = { rel: 'alternate', href: `${origin.replace(/^http/, 'ws')}${href}` };
  const groups = ['properties', 'actions', 'events'].map((rel) => ({ rel, href: `${href}/${rel}` }));
  const { properties, actions, events } = td;
  return {
    ...td,
    href,
    links: [...own, ...groups, socket],
    ...(properties ? { properties: linked(properties, 'property', `${href}/properties`) } : {}),
    ...(actions ? { actions: linked(actions, 'action', `${href}/actions`) } : {}),
    ...(events ? { events: linked(events, 'event', `${href}/events`) } : {}),
  };
}

type Affordances = Readonly<Record<string, DescribedAffordance>>;

function linked(affordances: Affordances, rel: string, path: string): Affordances {
  const entries = Object.entries(affordances).map(([name, affordance]) => {
    const links = [{ rel, href: `${path}/${encodeURIComponent(name)}` }];
    return [name, { ...affordance, links }] as const;
  });
  return Object.fromEntries(entries);
}
