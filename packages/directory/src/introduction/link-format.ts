import { ThingError } from '@thingwright/core';
import type { IntroducedType, Introduction } from './introduction.js';

/** One link in the CoRE Link Format: its target as it stands there, and its attributes by name in lower case. */
export interface CoreLink {
  readonly target: string;
  /** The first of each name counts (RFC 6690, section 2); one without a value is an empty text. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** Media type of the CoRE Link Format (RFC 6690, section 7.3). */
export const LINK_FORMAT = 'application/link-format';

/** The resource types of WoT Discovery, section 6.4. */
const RESOURCE_TYPES: Readonly<Record<string, IntroducedType>> = {
  'wot.thing': 'Thing',
  'wot.directory': 'Directory',
};

const MOST_CHARACTERS = 65_536;
const MOST_LINKS = 256;
const MOST_ATTRIBUTES = 32;

/**
 * Reads a document in the CoRE Link Format (RFC 6690, section 2).
 * @throws ThingError `invalid` for what is none, `tooLarge` beyond 65536 characters or 256 links.
 */
export function parseLinks(text: string): readonly CoreLink[] {
  if (text.length > MOST_CHARACTERS) throw new ThingError('tooLarge', 'The links are too long a text');
  const scan = scanner(text);
  const links: CoreLink[] = [];
  scan.space();
  while (!scan.isAtEnd()) {
    if (links.length === MOST_LINKS) throw new ThingError('tooLarge', `There are more than ${MOST_LINKS} links`);
    links.push(readLink(scan));
    scan.space();
    if (scan.isAtEnd()) break;
    scan.demand(',');
    scan.space();
  }
  return links;
}

/** Writes links in that format; targets and values are written as they are given. */
export const formatLinks = (links: readonly CoreLink[]): string =>
  links
    .map(({ target, attributes }) =>
      [`<${target}>`, ...[...attributes].map(([name, value]) => `${name}=${quoted(name, value)}`)].join(';'),
    )
    .join(',');

/** The links of others to Thing Descriptions; `from` is where the document was. Targets that are no HTTP URLs are left out. */
export function introductionsOf(links: readonly CoreLink[], from: string): readonly Introduction[] {
  return links.flatMap(({ target, attributes }): readonly Introduction[] => {
    const types = (attributes.get('rt') ?? '').split(' ').map((name) => RESOURCE_TYPES[name]);
    const type = types.find((known) => known !== undefined);
    if (!type || !URL.canParse(target, from)) return [];
    const url = new URL(target, from);
    return /^https?:$/.test(url.protocol) ? [{ url: url.href, type, mechanism: 'core' }] : [];
  });
}

/** The link by which a server introduces its own Thing Description, or that of its directory. */
export const introducingLink = (path: string, type: IntroducedType): CoreLink => ({
  target: path,
  attributes: new Map([
    ['rt', type === 'Directory' ? 'wot.directory' : 'wot.thing'],
    ['ct', '432'],
  ]),
});

/** Numbers stand by themselves; texts are quoted. */
const quoted = (name: string, value: string): string =>
  name === 'ct' && /^\d+$/.test(value) ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;

/** Goes through a text from the left, each character once. */
interface Scanner {
  isAtEnd(): boolean;
  /** Leaves white space behind. */
  space(): void;
  /** Takes a character if it is the next one. */
  take(character: string): boolean;
  /** Takes the next character. @throws ThingError `invalid` if it is another one. */
  demand(character: string): void;
  /** Takes all characters that fit. */
  all(fits: RegExp): string;
}

function scanner(text: string): Scanner {
  let place = 0;
  const take = (character: string): boolean => {
    if (text[place] !== character) return false;
    place++;
    return true;
  };
  const all = (fits: RegExp): string => {
    const start = place;
    while (place < text.length && fits.test(text[place] ?? '')) place++;
    return text.slice(start, place);
  };
  return {
    isAtEnd: () => place === text.length,
    space: () => void all(/\s/),
    take,
    demand(character) {
      if (!take(character)) throw new ThingError('invalid', `Links: '${character}' is missing at character ${place}`);
    },
    all,
  };
}

function readLink(scan: Scanner): CoreLink {
  scan.demand('<');
  const target = scan.all(/[^>]/);
  scan.demand('>');
  const attributes = new Map<string, string>();
  for (;;) {
    scan.space();
    if (!scan.take(';')) return { target, attributes };
    scan.space();
    const name = scan.all(/[^\s=;,"<>]/).toLowerCase();
    if (name === '') throw new ThingError('invalid', `Links: an attribute of <${target}> has no name`);
    const value = scan.take('=') ? readValue(scan) : '';
    if (!attributes.has(name)) attributes.set(name, value);
    if (attributes.size > MOST_ATTRIBUTES) throw new ThingError('tooLarge', 'Links: too many attributes');
  }
}

function readValue(scan: Scanner): string {
  if (!scan.take('"')) return scan.all(/[^\s;,"<>]/);
  const parts: string[] = [];
  for (;;) {
    parts.push(scan.all(/[^"\\]/));
    if (scan.take('\\')) parts.push(scan.take('"') ? '"' : scan.take('\\') ? '\\' : '');
    else {
      scan.demand('"');
      return parts.join('');
    }
  }
}
