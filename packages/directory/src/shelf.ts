import { createPreparedAnswers, visibilityOf } from '@thingwright/binding-http';
import type { Now, Principal, Site, Thing } from '@thingwright/core';
import { ThingError } from '@thingwright/core';
import type { DirectoryAccess } from './access.js';
import { compareCodePoints } from './code-points.js';
import { retrievedAt, untilRetrieval, withRetrieval } from './enriched.js';
import type { OwnThings, Reader } from './own-things.js';
import { type Entry, enrichedOf, type Registrations } from './registrations.js';
import { visiblePart } from './visible-part.js';

/** What a reader may see of one Thing: an own one or a registered one. */
export type Item = { readonly id: string; readonly own: Thing } | { readonly id: string; readonly entry: Entry };

/** All that a directory shows, own Things and registered ones alike. */
export interface Shelf {
  /** What somebody may see, by id in the order of code points. */
  list(principal: Principal): readonly Item[];
  /** @throws ThingError `notFound`, also for what the reader may not see. */
  get(id: string, principal: Principal): Item;
  /** The entity tag of a registration; undefined of an own Thing, and for who sees only a part and so changes nothing. */
  etagOf(item: Item, principal: Principal): string | undefined;
  /** The enriched TD of an item as far as the reader may see it, retrieved now. */
  json(item: Item, reader: Reader): Buffer;
  /** Those of many as the elements of an array, without brackets; lets others have their turn in between. */
  elements(items: readonly Item[], reader: Reader): AsyncGenerator<Buffer>;
}

/** What a shelf holds. */
export interface ShelfParts {
  readonly site: Pick<Site, 'byID' | 'isVisible'>;
  readonly own: OwnThings;
  readonly registrations: Registrations;
  readonly access: DirectoryAccess;
  readonly now: Now;
}

/** Bytes of parts of registrations that are kept. */
const MOST_KEPT = 4 * 1024 * 1024;

/** Elements that are made without a pause: to describe a Thing takes up to a millisecond. */
const AT_ONCE = 20;

/** Makes the shelf of a directory. */
export function createShelf({ site, own, registrations, access, now }: ShelfParts): Shelf {
  const prepared = createPreparedAnswers<Entry>(MOST_KEPT);
  const registered = (entry: Entry, { principal }: Reader): Buffer => {
    const maySee = access.partOf(principal, entry.registration);
    if (!maySee) return entry.json;
    const part = () => withRetrieval(visiblePart(enrichedOf(entry), maySee));
    return untilRetrieval(prepared.get(entry, visibilityOf(principal), part).bytes);
  };
  const json = (item: Item, reader: Reader): Buffer => {
    const unfinished = 'own' in item ? own.json(item.own, reader) : registered(item.entry, reader);
    return Buffer.concat([unfinished, Buffer.from(retrievedAt(new Date(now()).toISOString()))]);
  };
  return {
    list(principal) {
      const things = own.visible(principal).map((thing): Item => ({ id: thing.id, own: thing }));
      const others = registrations
        .list()
        .filter(({ registration }) => !site.byID(registration.id) && access.maySee(principal, registration))
        .map((entry): Item => ({ id: entry.registration.id, entry }));
      return merged(things, others);
    },
    get(id, principal) {
      const thing = site.byID(id);
      if (thing) {
        if (site.isVisible(thing, principal)) return { id, own: thing };
      } else {
        const entry = registrations.get(id);
        if (entry && access.maySee(principal, entry.registration)) return { id, entry };
      }
      throw new ThingError('notFound', `There is no Thing with the id '${id}'`);
    },
    etagOf(item, principal) {
      if ('own' in item || access.partOf(principal, item.entry.registration)) return undefined;
      return item.entry.etag;
    },
    json,
    async *elements(items, reader) {
      for (const [i, item] of items.entries()) {
        if (i % AT_ONCE === AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve));
        if (i > 0) yield COMMA;
        yield json(item, reader);
      }
    },
  };
}

const COMMA = Buffer.from(',');

/** Two lists in the order of their ids as one. */
function merged(a: readonly Item[], b: readonly Item[]): readonly Item[] {
  const all: Item[] = [];
  let [i, j] = [0, 0];
  for (let x = a[i], y = b[j]; x || y; x = a[i], y = b[j]) {
    if (x && (!y || compareCodePoints(x.id, y.id) < 0)) {
      all.push(x);
      i++;
    } else if (y) {
      all.push(y);
      j++;
    }
  }
  return all;
}
