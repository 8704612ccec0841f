import { isMembers, type Members } from '@thingwright/core';

/** What a Thing Description is of: a Thing, a directory, or another Thing Description (WoT Discovery, section 7.1). */
export type DescriptionKind = 'Thing' | 'Directory' | 'Link';

const NAMESPACE = 'https://www.w3.org/2022/wot/discovery#';
const KINDS: Readonly<Record<string, DescriptionKind>> = { ThingDirectory: 'Directory', ThingLink: 'Link' };
/** Who makes a list of types needs few. */
const MOST_TYPES = 64;

/** Tells by its `@type` what a Thing Description is of: by the short term, the whole IRI, or a prefix of its own. */
export function descriptionKind(td: Members): DescriptionKind {
  const prefixes = prefixesOf(td['@context']);
  for (const type of [td['@type']].flat().slice(0, MOST_TYPES)) {
    const kind = typeof type === 'string' ? KINDS[shortOf(type, prefixes)] : undefined;
    if (kind) return kind;
  }
  return 'Thing';
}

/** Where a Thing Link leads to (section 7.1.2); undefined if it does not say so. */
export function describedBy(td: Members, from: string): string | undefined {
  const links: readonly unknown[] = Array.isArray(td.links) ? td.links : [];
  const link = links.find(
    (one): one is Members & { readonly href: string } =>
      isMembers(one) && one.rel === 'describedby' && typeof one.href === 'string',
  );
  return link && resolved(link.href, td, from);
}

/** The URL that something in a Thing Description stands for, if it is one of HTTP. */
export function resolved(href: string, { base }: Members, from: string): string | undefined {
  const start = typeof base === 'string' && URL.canParse(base, from) ? new URL(base, from).href : from;
  if (!URL.canParse(href, start)) return undefined;
  const url = new URL(href, start);
  return /^https?:$/.test(url.protocol) ? url.href : undefined;
}

const prefixesOf = (context: unknown): readonly string[] =>
  [context]
    .flat()
    .slice(0, MOST_TYPES)
    .flatMap((one) => (isMembers(one) ? Object.entries(one) : []))
    .filter(([, value]) => value === NAMESPACE)
    .map(([prefix]) => `${prefix}:`);

function shortOf(type: string, prefixes: readonly string[]): string {
  const prefix = [NAMESPACE, ...prefixes].find((one) => type.startsWith(one)) ?? '';
  return type.slice(prefix.length);
}
