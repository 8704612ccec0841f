import { type Exposure, type Log, type Site, type ThingDescription, ThingError } from '@thingwright/core';
import type { AdoptedThingRecord, AdoptedThings } from '@thingwright/store';
import { map, merge, type Observable, Subject, startWith } from 'rxjs';
import { DEFAULT_ORGANIZATION } from '../policy.js';
import { createTurns } from '../turns.js';
import type { Adopter, ForeignCredentials } from './adopter.js';
import { away } from './away.js';
import { fetchForeignDescription } from './fetch-description.js';
import { checkForeignDescription, checkHosts, formsOf, schemesOf } from './foreign-description.js';
import type { ReachableAddresses } from './reachable-addresses.js';

/** What is to be adopted: one of `td` and `url`. */
export interface AdoptRequest {
  readonly td?: object;
  readonly url?: string;
  readonly name?: string;
  readonly title?: string;
  /** Default: the default organization. */
  readonly organization?: string;
  readonly credentials?: ForeignCredentials;
  /** Seconds between two reads of what cannot be pushed; default 1. */
  readonly pollSeconds?: number;
}

/** An adopted Thing as it is shown. */
export interface AdoptedSummary {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  /** The organization that it belongs to. */
  readonly organization: string;
  /** The URL that its TD was fetched from. */
  readonly source?: string;
}

/** A Thing just adopted. */
export interface AdoptedThing {
  readonly id: string;
  readonly name: string;
  /** URL of the Thing Description that the gateway serves. */
  readonly td: string;
}

/** The foreign Things that the gateway serves as its own. Disposing closes the connections to them. */
export interface Adoptions extends AsyncDisposable {
  readonly things: Observable<AdoptedSummary[]>;
  readonly adopted: Observable<AdoptedSummary>;
  readonly released: Observable<AdoptedSummary>;
  /** Opens all that were adopted; those that cannot be reached are there too. */
  restore(): Promise<void>;
  /**
   * Makes a foreign Thing one of the gateway's. @throws ThingError `invalid` or `tooLarge` for a TD that cannot be served,
   * `forbidden` for addresses that may not be reached, `unavailable` or `timeout` where the TD cannot be had, `conflict` for a
   * name that is taken.
   */
  adopt(request: AdoptRequest): Promise<AdoptedThing>;
  /** The adopted Thing of that name. */
  get(name: string): AdoptedSummary | undefined;
  /**
   * Gives one to another organization. It is opened anew, so that all who follow it are asked again whether they may.
   * @throws ThingError `notFound`.
   */
  move(name: string, organization: string): Promise<void>;
  /** Gives an adopted Thing another title here; all who follow it go on. @throws ThingError `notFound`. */
  setTitle(name: string, title: string): Promise<void>;
  /** @throws ThingError `notFound`. */
  release(name: string): Promise<void>;
}

/** What adoptions are made of. */
export interface AdoptionParts {
  readonly site: Site;
  readonly registry: AdoptedThings;
  /** The organization of each Thing by its id; those of adopted ones are kept up here. */
  readonly organizations: Map<string, string>;
  /** The first one that can adopt a Thing does. */
  readonly adopters: readonly Adopter[];
  readonly addresses: ReachableAddresses;
  /** Where Things are reached, once there is a listener: `http://host:port`. */
  readonly baseUrl: () => string;
  readonly log: Log;
}

/** A foreign Thing with what it was adopted with. */
interface Foreign {
  readonly td: ThingDescription;
  readonly source: string | undefined;
  readonly credentials: ForeignCredentials | undefined;
  /** Milliseconds. */
  readonly pollInterval: number;
}

type Opened = Exposure & Partial<AsyncDisposable>;

/** Makes adoptions without Things; `restore` opens them. Changes are carried out one after the other. */
export function createAdoptions(parts: AdoptionParts): Adoptions {
  const { site, registry, organizations, adopters, addresses, baseUrl, log } = parts;
  const known = new Map<string, { readonly summary: AdoptedSummary; readonly opened: Opened }>();
  const adopted = new Subject<AdoptedSummary>();
  const released = new Subject<AdoptedSummary>();
  const moved = new Subject<AdoptedSummary>();
  const titled = new Subject<AdoptedSummary>();
  const returned = new Subject<void>();
  const inTurn = createTurns();

  const exposureOf = async ({ td, credentials, pollInterval }: Foreign): Promise<Opened> => {
    const adopter = adopters.find((one) => one.canAdopt(td));
    if (!adopter) throw notSpoken(td, adopters);
    return adopter.adopt(td, { credentials, pollInterval, addresses, log });
  };

  const open = (record: AdoptedThingRecord, opened: Opened): AdoptedSummary => {
    const summary = toSummary(record);
    organizations.set(record.id, record.organization);
    site.add(record.name, opened, { id: record.id });
    known.set(record.name, { summary, opened });
    return summary;
  };

  const keep = async (
    foreign: Foreign,
    { name, organization = DEFAULT_ORGANIZATION }: AdoptRequest,
    opened: Opened,
  ): Promise<AdoptedThing> => {
    const { td, source, credentials, pollInterval } = foreign;
    const local = name ?? freeName(td.title, (taken) => site.things.has(taken));
    if (site.things.has(local)) throw new ThingError('conflict', `There is already a Thing named '${local}'`);
    const settings = { pollInterval, ...(source === undefined ? {} : { source }) };
    const record = await registry.add({ name: local, td, settings, organization, credentials });
    try {
      adopted.next(open(record, opened));
    } catch (error) {
      organizations.delete(record.id);
      await registry.remove(local);
      if (error instanceof ThingError) throw error;
      // Such as schemas that are too long for a check to be made of them.
      throw new ThingError('invalid', `'${td.title}' cannot be served`, { cause: error });
    }
    log.info({ thing: local, source }, 'a foreign Thing was adopted');
    return { id: record.id, name: local, td: `${baseUrl()}/things/${encodeURIComponent(local)}` };
  };

  const release = async (name: string): Promise<void> => {
    const record = await registry.remove(name);
    if (!record) throw new ThingError('notFound', `There is no adopted Thing named '${name}'`);
    const opened = known.get(name)?.opened;
    known.delete(name);
    await site.remove(name);
    organizations.delete(record.id);
    await close(opened);
    log.info({ thing: name }, 'a foreign Thing was released');
    released.next(toSummary(record));
  };

  const restored = async (record: AdoptedThingRecord): Promise<Opened> => {
    const td = checkForeignDescription(record.td);
    try {
      const credentials = toCredentials(await registry.credentials(record.name));
      return await exposureOf({ td, credentials, ...settingsOf(record) });
    } catch (error) {
      log.warn({ thing: record.name, error }, 'an adopted Thing cannot be reached');
      return away(td, error instanceof Error ? error.message : 'it cannot be adopted any more');
    }
  };

  const move = async (name: string, organization: string): Promise<void> => {
    const record = await registry.move(name, organization);
    const opened = known.get(name)?.opened;
    known.delete(name);
    await site.remove(name);
    await close(opened);
    const summary = open(record, await restored(record));
    log.info({ thing: name, organization }, 'a foreign Thing was given to an organization');
    moved.next(summary);
  };

  const setTitle = async (name: string, title: string): Promise<void> => {
    const summary = toSummary(await registry.setTitle(name, title));
    const opened = known.get(name)?.opened;
    if (opened) {
      known.set(name, { summary, opened });
      site.setTitle(name, title);
    }
    log.info({ thing: name, title }, 'a foreign Thing was given another title');
    titled.next(summary);
  };

  return {
    things: merge(adopted, released, moved, titled, returned).pipe(
      startWith(undefined),
      map(() => [...known.values()].map(({ summary }) => summary)),
    ),
    adopted: adopted.asObservable(),
    released: released.asObservable(),
    async restore() {
      for (const record of await registry.list()) {
        try {
          open(record, await restored(record));
        } catch (error) {
          log.error({ thing: record.name, error }, 'an adopted Thing stays closed');
        }
      }
      returned.next();
    },
    async adopt(request) {
      const foreign = await toForeign(request, addresses);
      const opened = await exposureOf(foreign);
      try {
        return await inTurn(() => keep(foreign, request, opened));
      } catch (error) {
        await close(opened);
        throw error;
      }
    },
    get: (name) => known.get(name)?.summary,
    move: (name, organization) => inTurn(() => move(name, organization)),
    setTitle: (name, title) => inTurn(() => setTitle(name, title)),
    release: (name) => inTurn(() => release(name)),
    async [Symbol.asyncDispose]() {
      await Promise.all([...known.values()].map(({ opened }) => close(opened)));
    },
  };
}

async function toForeign(request: AdoptRequest, addresses: ReachableAddresses): Promise<Foreign> {
  const { td: given, url, title, credentials, pollSeconds = 1 } = request;
  if ((given === undefined) === (url === undefined)) {
    throw new ThingError('invalid', 'Either td or url is needed: a Thing Description, or where there is one');
  }
  const fetched =
    url === undefined ? { td: given, from: undefined } : await fetchForeignDescription(url, { addresses, credentials });
  const checked = checkForeignDescription(fetched.td, fetched.from);
  const td = title === undefined ? checked : { ...checked, title };
  if (!credentials && schemesOf(td).every(({ scheme }) => scheme !== 'nosec')) {
    throw new ThingError('invalid', `'${td.title}' asks for credentials, and none are given`);
  }
  await checkHosts(td, { addresses, credentials, from: url });
  return { td, source: url, credentials, pollInterval: pollSeconds * 1000 };
}

const close = async (opened: Opened | undefined): Promise<void> => opened?.[Symbol.asyncDispose]?.();

function notSpoken(td: ThingDescription, adopters: readonly Adopter[]): ThingError {
  const asked = new Set(formsOf(td).map(({ href }) => new URL(href, td.base).protocol.slice(0, -1)));
  const spoken = adopters.map(({ name, schemes }) => `${name} (${schemes.join(', ')})`).join('; ');
  return new ThingError(
    'invalid',
    `'${td.title}' has forms for ${[...asked].join(', ')}, and none of the adopters can use all of its affordances: ${spoken}`,
  );
}

function toSummary({ id, name, td, organization, settings }: AdoptedThingRecord): AdoptedSummary {
  const title = typeof td.title === 'string' ? td.title : name;
  return { id, name, title, organization, ...(typeof settings.source === 'string' ? { source: settings.source } : {}) };
}

const settingsOf = ({ settings: { pollInterval, source } }: AdoptedThingRecord) => ({
  pollInterval: typeof pollInterval === 'number' ? pollInterval : 1000,
  source: typeof source === 'string' ? source : undefined,
});

/** What the store gives back is what it was given; it is looked at all the same. */
function toCredentials(kept: unknown): ForeignCredentials | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined;
  const texts = Object.entries(kept).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(texts);
}

/** A name out of a title: `Pump in the cellar` is `pump-in-the-cellar`, the second one `pump-in-the-cellar_2`. */
function freeName(title: string, isTaken: (name: string) => boolean): string {
  const plain = title
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const base = plain.replaceAll(/^-+|-+$/g, '').slice(0, 56) || 'thing';
  if (!isTaken(base)) return base;
  for (let number = 2; ; number++) if (!isTaken(`${base}_${number}`)) return `${base}_${number}`;
}
