import { type Described, isMembers, type SecurityScheme, type ThingDescription, ThingError } from '@thingwright/core';
import { checkSize } from '@thingwright/directory';
import type { ForeignCredentials } from './adopter.js';
import type { ReachableAddresses } from './reachable-addresses.js';

const MOST_AFFORDANCES = 1000;
const MOST_HOSTS = 16;

/** What the gateway knows how to show, and who of the adopters does with it what the TD says. */
const SCHEMES: ReadonlySet<string> = new Set(['nosec', 'auto', 'basic', 'bearer', 'apikey', 'combo']);

/** Protocols by which anybody on the way reads what is shown. */
const UNENCRYPTED: ReadonlySet<string> = new Set(['http:', 'ws:', 'coap:', 'coap+tcp:', 'modbus+tcp:', 'mqtt:']);

const GROUPS = { properties: 'property', actions: 'action', events: 'event' } as const;

/**
 * Looks through a stranger's Thing Description, which came from the URL `from` if it was fetched. Gives it with an absolute base.
 * @throws ThingError `invalid` that names what is missing or odd, `tooLarge` beyond a limit.
 */
export function checkForeignDescription(given: unknown, from?: string): ThingDescription {
  checkSize(given);
  if (!isThingDescription(given)) {
    throw new ThingError(
      'invalid',
      'This is no Thing Description: it needs @context, title and security, as texts or lists',
    );
  }
  const td = { ...given, ...baseOf(given, from), securityDefinitions: supportedChoices(given) };
  const affordances = Object.entries(GROUPS).flatMap(([group, kind]) => affordancesIn(td, group, kind));
  if (affordances.length > MOST_AFFORDANCES) {
    throw new ThingError('tooLarge', `'${td.title}' has more than ${MOST_AFFORDANCES} affordances`);
  }
  for (const { forms, who } of affordances) checkForms(forms, td, who);
  checkForms(td.forms ?? [], td, 'The Thing', 0);
  for (const scheme of schemesOf(td)) checkScheme(scheme, td.title);
  return td;
}

/**
 * Looks where a Thing's forms lead. Rejects with a ThingError: `forbidden` for addresses that may not be reached, `unavailable`
 * for names that nobody knows, `invalid` where credentials would go to several hosts, to another one than the TD's, or unencrypted although the TD
 * itself did not.
 */
export async function checkHosts(td: ThingDescription, { addresses, credentials, from }: HostCheck): Promise<void> {
  const targets = formsOf(td).map(({ href }) => new URL(href, td.base));
  const hosts = new Set(targets.map(({ hostname }) => hostname));
  if (hosts.size > MOST_HOSTS) throw new ThingError('tooLarge', `'${td.title}' is on more than ${MOST_HOSTS} hosts`);
  const known = new Set(from === undefined ? hosts : [...hosts, new URL(from).hostname]);
  if (credentials && known.size > 1) {
    const names = [...known].join(', ');
    throw new ThingError('invalid', `The credentials for '${td.title}' would go to several hosts: ${names}`);
  }
  const open = targets.find(({ protocol }) => UNENCRYPTED.has(protocol));
  if (credentials && open && from !== undefined && new URL(from).protocol === 'https:') {
    throw new ThingError('invalid', `The credentials for '${td.title}' would go unencrypted to ${open.origin}`);
  }
  await Promise.all([...hosts].map((host) => addresses.addressOf(host)));
}

/** What {@link checkHosts} goes by. */
export interface HostCheck {
  readonly addresses: ReachableAddresses;
  readonly credentials: ForeignCredentials | undefined;
  /** The URL that the TD was fetched from. */
  readonly from: string | undefined;
}

/** A form as far as everybody looks at it. */
interface AnyForm {
  readonly href: string;
}

/** All forms of a TD that was looked through. */
export const formsOf = (td: ThingDescription): readonly AnyForm[] => [
  ...(td.forms ?? []),
  ...[td.properties, td.actions, td.events].flatMap((group) =>
    Object.values(group ?? {}).flatMap(({ forms }) => forms),
  ),
];

/** The security schemes that a TD asks for, by name or inside a combination. */
export function schemesOf(td: ThingDescription): readonly SecurityScheme[] {
  const names = new Set([td, ...formsOf(td)].flatMap((part) => securityOf(part)));
  for (const name of names) {
    const scheme = Object.hasOwn(td.securityDefinitions, name) ? td.securityDefinitions[name] : undefined;
    for (const inner of [scheme?.oneOf, scheme?.allOf].flat()) if (typeof inner === 'string') names.add(inner);
  }
  return [...names].map((name) => {
    const scheme: unknown = Object.hasOwn(td.securityDefinitions, name) ? td.securityDefinitions[name] : undefined;
    if (isScheme(scheme)) return scheme;
    throw new ThingError('invalid', `'${td.title}' asks for the security '${name}', which it does not define`);
  });
}

/** The security definitions of a TD, with every choice (`oneOf`) narrowed to what is supported, if that leaves something to choose. */
function supportedChoices({ securityDefinitions }: ThingDescription): ThingDescription['securityDefinitions'] {
  const isSupported = (name: unknown): boolean => {
    const scheme = typeof name === 'string' && Object.hasOwn(securityDefinitions, name) && securityDefinitions[name];
    return !isScheme(scheme) || SCHEMES.has(scheme.scheme);
  };
  const narrowed = Object.entries(securityDefinitions).map(([name, scheme]) => {
    const choices: readonly unknown[] = isScheme(scheme) && Array.isArray(scheme.oneOf) ? scheme.oneOf : [];
    const oneOf = choices.filter(isSupported);
    return [name, oneOf.length > 0 && oneOf.length < choices.length ? { ...scheme, oneOf } : scheme] as const;
  });
  return Object.fromEntries(narrowed);
}

const securityOf = (part: object): readonly string[] =>
  'security' in part ? [part.security].flat().filter((name) => typeof name === 'string') : [];

const isScheme = (value: unknown): value is SecurityScheme => isMembers(value) && typeof value.scheme === 'string';

function checkScheme({ scheme, proxy }: SecurityScheme, title: string): void {
  if (!SCHEMES.has(scheme)) {
    throw new ThingError('invalid', `'${title}' asks for security of the scheme '${scheme}', which is not supported`);
  }
  if (proxy !== undefined) throw new ThingError('invalid', `'${title}' wants its credentials to go to a proxy`);
}

function isThingDescription(td: unknown): td is ThingDescription {
  if (!isMembers(td)) return false;
  return (
    td['@context'] !== undefined &&
    typeof td.title === 'string' &&
    td.title !== '' &&
    (td.id === undefined || typeof td.id === 'string') &&
    (td.base === undefined || typeof td.base === 'string') &&
    (td.forms === undefined || Array.isArray(td.forms)) &&
    [td.security].flat().every((name) => typeof name === 'string') &&
    isMembers(td.securityDefinitions)
  );
}

function baseOf({ base, title }: ThingDescription, from: string | undefined): { readonly base?: string } {
  if (base === undefined) return from === undefined ? {} : { base: from };
  if (URL.canParse(base, from)) return { base: new URL(base, from).href };
  throw new ThingError('invalid', `The base '${base}' of '${title}' is no URL`);
}

interface Checked {
  readonly who: string;
  readonly forms: unknown;
}

function affordancesIn(td: Described, group: string, kind: string): readonly Checked[] {
  const affordances = td[group];
  if (affordances === undefined) return [];
  if (!isMembers(affordances)) throw new ThingError('invalid', `The ${group} of '${td.title}' are no object`);
  return Object.entries(affordances).map(([name, affordance]) => {
    const who = `The ${kind} '${name}' of '${td.title}'`;
    if (!isMembers(affordance)) throw new ThingError('invalid', `${who} is no object`);
    return { who, forms: affordance.forms };
  });
}

function checkForms(forms: unknown, { base }: ThingDescription, who: string, least = 1): void {
  if (!Array.isArray(forms) || forms.length < least) throw new ThingError('invalid', `${who} has no forms`);
  for (const form of forms) {
    const href: unknown = isMembers(form) ? form.href : undefined;
    if (typeof href !== 'string') throw new ThingError('invalid', `${who} has a form without an href`);
    if (!URL.canParse(href, base))
      throw new ThingError('invalid', `${who} is at '${href}', and there is no base to it`);
    if (new URL(href, base).hostname === '')
      throw new ThingError('invalid', `${who} is at '${href}', which is no host`);
  }
}
