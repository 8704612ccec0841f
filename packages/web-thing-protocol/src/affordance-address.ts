import type { FormBuilder, FormTarget } from '@thingwright/core';

/**
 * Member of a WebSocket form that says which affordance of which Thing it is for, as a URI: {@link affordanceURI}. All forms
 * of a socket look alike otherwise, and a Consumer that is handed a form alone (node-wot's clients) cannot use it.
 */
export const AFFORDANCE_TERM = 'tw:affordance';

/** The JSON-LD prefix of {@link AFFORDANCE_TERM}. */
export const AFFORDANCE_PREFIXES: Readonly<Record<string, string>> = { tw: 'urn:thingwright:terms#' };

/** An affordance of a Thing, or a Thing as a whole. */
export interface AffordanceAddress {
  readonly thingID: string;
  readonly kind: FormTarget['kind'];
  /** Name of the affordance; empty for the Thing as a whole. */
  readonly name: string;
}

const GROUPS = { property: 'properties', action: 'actions', event: 'events' } as const;

/** The URI of an affordance: the Thing's id with a JSON Pointer into its TD as fragment; the id alone for the whole Thing. */
export function affordanceURI({ thingID, kind, name }: AffordanceAddress): string {
  if (kind === 'thing') return thingID;
  const token = name.replaceAll('~', '~0').replaceAll('/', '~1');
  return `${thingID}#/${GROUPS[kind]}/${encodeURIComponent(token)}`;
}

/** Reads the URI of an affordance; undefined for what is none. */
export function parseAffordanceURI(uri: unknown): AffordanceAddress | undefined {
  if (typeof uri !== 'string' || uri === '') return undefined;
  const [thingID = '', fragment, ...more] = uri.split('#');
  if (thingID === '' || more.length > 0) return undefined;
  if (fragment === undefined) return { thingID, kind: 'thing', name: '' };
  for (const kind of ['property', 'action', 'event'] as const) {
    const start = `/${GROUPS[kind]}/`;
    if (!fragment.startsWith(start)) continue;
    const token = decoded(fragment.slice(start.length));
    if (token === undefined || token === '' || token.includes('/')) return undefined;
    return { thingID, kind, name: token.replaceAll('~1', '/').replaceAll('~0', '~') };
  }
  return undefined;
}

/** Adds to every form that a builder makes which affordance it is for. */
export const withAffordance =
  (builder: FormBuilder): FormBuilder =>
  (target) => {
    const { thing, kind, name } = target;
    const uri = affordanceURI({ thingID: thing.id, kind, name });
    return builder(target).map((form) => ({ ...form, [AFFORDANCE_TERM]: uri }));
  };

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
