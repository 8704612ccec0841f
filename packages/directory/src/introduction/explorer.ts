import { isMembers, type Members, ThingError } from '@thingwright/core';
import { type DescriptionKind, describedBy, descriptionKind, resolved } from './description-kind.js';
import { type Introduction, mergeIntroductions, withoutFragment } from './introduction.js';

/** A JSON document of somebody else's. */
export interface FetchedDocument {
  readonly document: unknown;
  /** Where it was in the end. */
  readonly from: string;
  /** The next page, if it is one of several (`Link`, `rel="next"`). */
  readonly next?: string;
}

/**
 * Fetches a stranger's JSON without credentials. It is where size, time and addresses are limited. Rejects with a ThingError.
 */
export type FetchDocument = (url: string, signal: AbortSignal) => Promise<FetchedDocument>;

/** What was found behind an introduction. */
export type Explored = FoundDescription | FailedIntroduction;

/** A Thing Description. Nobody has looked whether it is true, or well made. */
export interface FoundDescription {
  readonly found: true;
  /** Where it can be had. */
  readonly url: string;
  readonly td: Members;
  readonly kind: Exclude<DescriptionKind, 'Link'>;
  /** The URL of the introduction that led here. */
  readonly introduced: string;
}

/** Something that leads to no Thing Description, for now. */
export interface FailedIntroduction {
  readonly found: false;
  readonly url: string;
  readonly introduced: string;
  readonly error: ThingError;
}

/** Where an exploration ends, whatever it is told. */
export interface ExplorationLimits {
  /** Links and directories behind each other; default 3. */
  readonly depth?: number;
  /** Documents that are fetched; default 64. */
  readonly documents?: number;
  /** Thing Descriptions; default 500. */
  readonly descriptions?: number;
  /** Milliseconds; default 60,000. */
  readonly time?: number;
  /** Ends it before that. */
  readonly signal?: AbortSignal;
}

/** Explores what introductions lead to (WoT Discovery, sections 5 and 7). */
export interface Explorer {
  /**
   * Gives every Thing Description once, as they come: what has a directory or a link in it leads further. What this explorer has fetched
   * before is not fetched again, as far as it remembers. Ends at its limits without a word; never throws.
   */
  explore(introductions: readonly Introduction[], limits?: ExplorationLimits): AsyncIterable<Explored>;
  /** Lets a URL be fetched again. */
  forget(url: string): void;
}

const DEPTH = 3;
const DOCUMENTS = 64;
const DESCRIPTIONS = 500;
const TIME = 60_000;
const AT_ONCE = 8;
/** URLs that are remembered; the first one gives way, or whoever makes up enough of them would end all exploration. */
const MOST_KNOWN = 10_000;
/** Thing Descriptions on a page of a directory. */
const PAGE = 50;

/** Something to fetch. */
interface Step {
  readonly url: string;
  readonly introduced: string;
  readonly depth: number;
  /** A page of a directory, and not one Thing Description. */
  readonly isPage: boolean;
}

interface Outcome {
  readonly found: readonly Explored[];
  readonly next: readonly Step[];
}

/** Makes an explorer that has seen nothing yet. */
export function createExplorer(fetchDocument: FetchDocument): Explorer {
  const known = new Set<string>();

  const isNew = (url: string): boolean => {
    if (known.has(url)) return false;
    if (known.size >= MOST_KNOWN) known.delete(known.values().next().value ?? '');
    known.add(url);
    return true;
  };

  const take = async (step: Step, signal: AbortSignal): Promise<Outcome> => {
    try {
      const { document, from, next } = await fetchDocument(step.url, signal);
      return step.isPage ? takePage(document, { ...step, from, next }) : takeDescription(document, { ...step, from });
    } catch (error) {
      const failure = ThingError.from(error, `${step.url} cannot be explored`);
      return { found: [{ found: false, url: step.url, introduced: step.introduced, error: failure }], next: [] };
    }
  };

  return {
    async *explore(introductions, limits = {}) {
      const { depth = DEPTH, documents = DOCUMENTS, descriptions = DESCRIPTIONS, time = TIME } = limits;
      const ends = [AbortSignal.timeout(time), ...(limits.signal ? [limits.signal] : [])];
      const signal = AbortSignal.any(ends);
      let waiting: readonly Step[] = mergeIntroductions(introductions).map(({ url }) => toStep(url, url, 0));
      let [fetched, given] = [0, 0];
      while (waiting.length > 0 && fetched < documents && given < descriptions && !signal.aborted) {
        const wave = waiting.slice(0, Math.min(AT_ONCE, documents - fetched));
        const fresh = wave.filter((step) => step.depth <= depth && isNew(step.url));
        fetched += fresh.length;
        const outcomes = await Promise.all(fresh.map((step) => take(step, signal)));
        for (const explored of outcomes.flatMap(({ found }) => found)) {
          if (++given > descriptions) return;
          yield explored;
        }
        waiting = [...waiting.slice(wave.length), ...outcomes.flatMap(({ next }) => next)];
      }
    },
    forget(url) {
      known.delete(withoutFragment(url) ?? url);
    },
  };
}

const toStep = (url: string, introduced: string, depth: number, isPage = false): Step => ({
  url: withoutFragment(url) ?? url,
  introduced,
  depth,
  isPage,
});

interface Place extends Step {
  readonly from: string;
}

function takeDescription(td: unknown, place: Place): Outcome {
  const { url, introduced, depth, from } = place;
  if (!isMembers(td)) throw new ThingError('invalid', `There is no Thing Description at ${url}`);
  const kind = descriptionKind(td);
  if (kind === 'Link') return { found: [], next: follow(describedBy(td, from), place) };
  const found: Explored = { found: true, url, td, kind, introduced };
  if (kind === 'Thing') return { found: [found], next: [] };
  const listing = listingOf(td, from);
  return { found: [found], next: listing === undefined ? [] : [toStep(listing, introduced, depth, true)] };
}

function takePage(document: unknown, place: Place & { readonly next: string | undefined }): Outcome {
  const { introduced, depth, from, next } = place;
  const { listed, following } = membersOf(document);
  const things = listed.filter(isMembers).map((td) => {
    const { id } = td;
    const url = typeof id === 'string' ? retrievalOf(from, id) : from;
    return { td, url, kind: descriptionKind(td) };
  });
  const followed = next ?? following;
  return {
    found: things.flatMap(({ td, url, kind }): readonly Explored[] =>
      kind === 'Thing' ? [{ found: true, url, td, kind, introduced }] : [],
    ),
    next: [
      ...things.flatMap(({ td, url, kind }) => {
        if (kind === 'Link') return follow(describedBy(td, from), place);
        return kind === 'Directory' ? [toStep(url, introduced, depth + 1)] : [];
      }),
      ...(followed !== undefined && URL.canParse(followed, from)
        ? [toStep(new URL(followed, from).href, introduced, depth, true)]
        : []),
    ],
  };
}

/** A list of Thing Descriptions, by itself or in a collection (WoT Discovery, section 7.3.2.2). */
function membersOf(document: unknown): { readonly listed: readonly unknown[]; readonly following?: string } {
  if (Array.isArray(document)) return { listed: document };
  const members: unknown = isMembers(document) ? document.members : undefined;
  if (!isMembers(document) || !Array.isArray(members)) {
    throw new ThingError('invalid', 'A directory lists no Thing Descriptions');
  }
  return { listed: members, ...(typeof document.next === 'string' ? { following: document.next } : {}) };
}

const follow = (url: string | undefined, { introduced, depth }: Step): readonly Step[] =>
  url === undefined ? [] : [toStep(url, introduced, depth + 1)];

/** Where a directory lists what it has: the form of its property `things` (WoT Discovery, section 7.3.1). */
function listingOf(td: Members, from: string): string | undefined {
  const things = isMembers(td.properties) ? td.properties.things : undefined;
  const forms: readonly unknown[] = isMembers(things) && Array.isArray(things.forms) ? things.forms : [];
  for (const form of forms) {
    const href: unknown = isMembers(form) ? form.href : undefined;
    if (!isMembers(form) || typeof href !== 'string' || !reads(form.op) || form.subprotocol !== undefined) continue;
    // A template of its query, as the standard's own directory has it.
    const url = resolved(href.replaceAll(/\{[^{}]*\}/g, ''), td, from);
    if (url === undefined) continue;
    const page = new URL(url);
    page.searchParams.set('limit', String(PAGE));
    return page.href;
  }
  return undefined;
}

const reads = (op: unknown): boolean => op === undefined || [op].flat().includes('readproperty');

function retrievalOf(listing: string, id: string): string {
  const { origin, pathname } = new URL(listing);
  return `${origin}${pathname.replace(/\/$/, '')}/${encodeURIComponent(id)}`;
}
