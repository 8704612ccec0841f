import { createPreparedAnswers, visibilityOf } from '@thingwright/binding-http';
import type { Members, Now, Principal, Site, Thing } from '@thingwright/core';
import type { DirectoryAccess } from './access.js';
import { compareCodePoints } from './code-points.js';
import { enrich, untilRetrieval, withRetrieval } from './enriched.js';
import type { EventType } from './records.js';
import type { Registrations } from './registrations.js';

/** Bytes of own TDs that are kept. */
const MOST_KEPT = 16 * 1024 * 1024;

/** Who reads, and by which origin. */
export interface Reader {
  readonly principal: Principal;
  readonly origin: string;
}

/** The Things of a Site as a directory shows them, beside what is registered. */
export interface OwnThings {
  /** Those that somebody may see, by id in the order of code points. */
  visible(principal: Principal): readonly Thing[];
  /** An enriched TD. */
  describe(thing: Thing, reader: Reader): Members;
  /** The same as JSON but for the moment of its retrieval. */
  json(thing: Thing, reader: Reader): Buffer;
}

/** What own Things are shown by. */
export interface OwnParts {
  readonly site: Site;
  readonly now: Now;
}

interface Times {
  readonly created: string;
  readonly modified: string;
}

/** Begins to show the Things of a Site: those that it has came now, as far as this directory knows. */
export function createOwnThings({ site, now }: OwnParts): OwnThings {
  const times = new WeakMap<Thing, Times>();
  const prepared = createPreparedAnswers<Thing>(MOST_KEPT);
  let sorted: readonly Thing[] | undefined;
  const time = (): string => new Date(now()).toISOString();
  const opened = time();

  site.changes.subscribe(({ type, thing }) => {
    sorted = undefined;
    const modified = time();
    const created = type === 'added' ? modified : timesOf(thing).created;
    times.set(thing, { created, modified });
  });
  const timesOf = (thing: Thing): Times => times.get(thing) ?? { created: opened, modified: opened };

  const describe = (thing: Thing, { principal, origin }: Reader): Members =>
    enrich(site.describe(thing, origin, principal), thing.id, timesOf(thing));

  return {
    visible(principal) {
      sorted ??= [...site.things.values()].sort((a, b) => compareCodePoints(a.id, b.id));
      return sorted.filter((thing) => site.isVisible(thing, principal));
    },
    describe,
    json(thing, reader) {
      const key = `${timesOf(thing).modified} ${reader.origin} ${visibilityOf(reader.principal)}`;
      return untilRetrieval(prepared.get(thing, key, () => withRetrieval(describe(thing, reader))).bytes);
    },
  };
}

const EVENTS: Readonly<Record<'added' | 'changed' | 'removed', EventType>> = {
  added: 'thing_created',
  changed: 'thing_updated',
  removed: 'thing_deleted',
};

/** Tells of own Things that come, change and go; one takes the place of a registration of the same id. Gives what ends it. */
export function tellOfOwnThings(
  { site, access }: { readonly site: Site; readonly access: DirectoryAccess },
  registrations: Registrations,
): () => void {
  const release = async (id: string): Promise<void> => {
    const entry = registrations.get(id);
    if (!entry) return;
    const { organization } = entry.registration;
    await registrations.change(() => ({ remove: id, event: { type: 'thing_deleted', id, organization } }));
  };
  const telling = site.changes.subscribe(({ type, thing: { id, model } }) => {
    const organization = access.organizationOf(id);
    const belongs = organization === undefined ? {} : { organization };
    const diff = type === 'changed' ? { diff: { id, title: model.title } } : {};
    const told = type === 'added' ? release(id) : Promise.resolve();
    told
      .then(() => registrations.tell({ type: EVENTS[type], id, ...belongs, ...diff }))
      .catch((error: unknown) => site.log.warn({ id, error }, 'the directory could not tell of a Thing'));
  });
  for (const { id } of site.things.values()) {
    release(id).catch((error: unknown) => site.log.warn({ id, error }, 'a registration of the id of a Thing stays'));
  }
  return () => telling.unsubscribe();
}
