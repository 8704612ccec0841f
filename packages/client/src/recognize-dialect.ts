import { isMembers, type Members } from '@thingwright/core';
import { SUBPROTOCOL } from '@thingwright/web-thing-protocol';
import type { Dialect } from '@thingwright/web-thing-protocol/legacy';

/** What came before the Web Thing Protocol. */
export type LegacyDialect = Exclude<Dialect, 'webthingprotocol'>;

/** The vocabulary that the descriptions of WebThings servers name. */
const WEBTHINGS_CONTEXT = /^https?:\/\/(?:webthings\.io|iot\.mozilla\.org)\/schemas\b/;

/**
 * The older dialect that the server of a description certainly speaks; undefined for all others, and where its forms offer the
 * Web Thing Protocol. `from` is the URL of the description. Never throws.
 */
export function recognizeDialect(description: unknown, from: string): LegacyDialect | undefined {
  if (!isMembers(description)) return undefined;
  const { properties, actions, events } = description;
  const named = [properties, actions, events].flatMap((group) => (isMembers(group) ? Object.entries(group) : []));
  const affordances = named.flatMap(([name, terms]) => (isMembers(terms) ? [{ name, terms }] : []));
  const forms = [description, ...affordances.map(({ terms }) => terms)].flatMap(formsOf);
  if (forms.some(({ subprotocol }) => subprotocol === SUBPROTOCOL)) return undefined;
  if (isWebThings(description, affordances, forms)) return 'webthings';
  return isLabThings(description, affordances, from) ? 'labthings' : undefined;
}

interface Affordance {
  readonly name: string;
  readonly terms: Members;
}

const formsOf = ({ forms }: Members): readonly Members[] => (Array.isArray(forms) ? forms.filter(isMembers) : []);

/** Its affordances have links where a TD has forms; the gateway has both, and names its vocabulary and its socket. */
function isWebThings(description: Members, affordances: readonly Affordance[], forms: readonly Members[]): boolean {
  const contexts: readonly unknown[] = [description['@context']].flat();
  const namesIt = contexts.some((context) => typeof context === 'string' && WEBTHINGS_CONTEXT.test(context));
  if (namesIt && linksToSocket(description)) return true;
  const areLinked = affordances.some(({ terms }) => Array.isArray(terms.links) || typeof terms.href === 'string');
  return forms.length === 0 && (areLinked || namesIt);
}

/** As the codec finds it, which is not loaded yet. */
const linksToSocket = ({ links }: Members): boolean =>
  Array.isArray(links) &&
  links.some(
    (link: unknown) =>
      isMembers(link) && link.rel === 'alternate' && typeof link.href === 'string' && /^wss?:/i.test(link.href),
  );

/** No id, nothing observable, no events, and every affordance has its name right below the Thing, over HTTP only. */
function isLabThings(description: Members, affordances: readonly Affordance[], from: string): boolean {
  if (description.id !== undefined || affordances.length === 0) return false;
  if (isMembers(description.events) && Object.keys(description.events).length > 0) return false;
  const base = typeof description.base === 'string' ? description.base : from;
  return affordances.every(({ name, terms }) => {
    const forms = formsOf(terms);
    const isBelow = ({ href, subprotocol }: Members): boolean =>
      subprotocol === undefined && typeof href === 'string' && pathOf(href, base) === pathBelow(from, name);
    return terms.observable === undefined && forms.length > 0 && forms.every(isBelow);
  });
}

function pathOf(href: string, base: string): string | undefined {
  try {
    const { protocol, pathname } = new URL(href, base);
    return /^https?:$/.test(protocol) ? pathname : undefined;
  } catch {
    return undefined;
  }
}

/** Path of an affordance at a LabThings server, whether or not the Thing's own ends with a slash. */
const pathBelow = (thing: string, name: string): string =>
  `${new URL(thing).pathname.replace(/\/$/, '')}/${encodeURIComponent(name)}`;
