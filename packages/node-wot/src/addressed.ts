import { type FormTarget, isMembers, type Members } from '@thingwright/core';
import { AFFORDANCE_TERM, affordanceURI, SUBPROTOCOL } from '@thingwright/web-thing-protocol';

/** What {@link addressed} looks at of a TD. */
export interface Addressable {
  readonly id?: string | undefined;
  readonly base?: string | undefined;
  readonly [term: string]: unknown;
}

const GROUPS = { properties: 'property', actions: 'action', events: 'event' } as const;

/**
 * Says in every form of the Web Thing Protocol which affordance it is for, as our own TDs do. node-wot hands its clients nothing
 * but a form, and the forms of a socket all look alike: give the TD of another server to this before it is consumed. A TD
 * without an `id` stays as it is.
 */
export function addressed<T extends Addressable>(td: T): T {
  const { id: thingID, base } = td;
  if (thingID === undefined) return td;
  const withAddress = (part: unknown, kind: FormTarget['kind'], name: string): unknown => {
    if (!isMembers(part) || !Array.isArray(part.forms)) return part;
    const uri = affordanceURI({ thingID, kind, name });
    const forms = part.forms.map((form: unknown) =>
      isMembers(form) && isOurs(form, base) ? { [AFFORDANCE_TERM]: uri, ...form } : form,
    );
    return { ...part, forms };
  };
  const groups = Object.entries(GROUPS).flatMap(([group, kind]) => {
    const affordances = td[group];
    if (!isMembers(affordances)) return [];
    const parts = Object.entries(affordances).map(([name, part]) => [name, withAddress(part, kind, name)]);
    return [[group, Object.fromEntries(parts)]];
  });
  return Object.assign({}, td, withAddress({ forms: td.forms }, 'thing', ''), Object.fromEntries(groups));
}

function isOurs({ href, subprotocol }: Members, base: string | undefined): boolean {
  if (subprotocol !== SUBPROTOCOL || typeof href !== 'string' || !URL.canParse(href, base)) return false;
  return /^wss?:$/.test(new URL(href, base).protocol);
}
