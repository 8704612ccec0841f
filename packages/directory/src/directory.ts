import { createRouter } from '@thingwright/binding-http';
import { type Log, type Now, ThingError } from '@thingwright/core';
import { acceptJsonBodies, type Binding, problemOf, sendDetails } from '@thingwright/listener';
import type { FastifyInstance } from 'fastify';
import { type DirectoryAccess, OPEN_ACCESS } from './access.js';
import { fieldOf } from './description-check.js';
import { SIZE_LIMITS, type SizeLimits } from './description-size.js';
import { createDirectoryDesk } from './directory-desk.js';
import { addEventRoutes } from './event-routes.js';
import { createOwnAddresses, type OwnAddressesOptions } from './own-addresses.js';
import { createOwnThings, tellOfOwnThings } from './own-things.js';
import { PreconditionFailed } from './preconditions.js';
import { createRecordedDesk, type RecordDirectory } from './recorded-desk.js';
import { createRecordsInMemory, type DirectoryRecords } from './records.js';
import { openRegistrations, type RegistrationLimits, type Registrations } from './registrations.js';
import { createSearch, SEARCH_LIMITS, type SearchLimits } from './search/search.js';
import { addSearchRoutes } from './search-routes.js';
import { createShelf } from './shelf.js';
import { addThingRoutes, PATCH_TYPE, TD_TYPES } from './thing-routes.js';

/** How much a directory takes, holds and does. */
export interface DirectoryLimits extends RegistrationLimits {
  /** The part of registrations, of their bytes, and of searches that wait, that one organization may have: more than 0, at most 1. */
  readonly share: number;
  /** Of one TD. */
  readonly description: SizeLimits;
  readonly search: SearchLimits;
}

/** What a directory works with. */
export interface DirectoryOptions {
  /** What it must remember. Default: nothing outlives the process. */
  readonly records?: DirectoryRecords;
  /** Who may do what with registrations. Default: everybody everything. */
  readonly access?: DirectoryAccess;
  /** Is told who changes what; absent: nobody. */
  readonly recorded?: RecordDirectory;
  /**
   * Default: 10,000 registrations in 64 MiB, all of which may be of one organization, each as {@link SizeLimits} say, 1000 events in 8 Mi characters, searches as
   * {@link SearchLimits} say.
   */
  readonly limits?: Partial<DirectoryLimits>;
  /** Milliseconds between two looks for registrations that are over. Default 10 s; before it is removed, nobody sees one either. */
  readonly sweepInterval?: number;
  readonly now?: Now;
  /** The network interfaces of this machine, at whose addresses it is reached too. Default those that the system tells. */
  readonly interfaces?: OwnAddressesOptions['interfaces'];
}

const LIMITS: DirectoryLimits = {
  registrations: 10_000,
  bytes: 67_108_864,
  share: 1,
  journal: { count: 1000, size: 8_388_608 },
  description: SIZE_LIMITS,
  search: SEARCH_LIMITS,
};

/**
 * A Thing Description Directory (W3C WoT Discovery, section 7) at `/things`, `/events` and `/search/jsonpath`: the Things of the Site,
 * which nobody can change here, and beside them those that others register. `http` has to leave the list to it:
 * `http({ listing: false })`.
 * @throws RangeError for a share that is none.
 */
export function directory(options: DirectoryOptions = {}): Binding {
  const { records = createRecordsInMemory(), access = OPEN_ACCESS, now = Date.now, sweepInterval = 10_000 } = options;
  const { recorded, interfaces } = options;
  const limits = { ...LIMITS, ...options.limits };
  if (!(limits.share > 0 && limits.share <= 1)) throw new RangeError(`'share' is more than 0 and at most 1`);
  const addresses = createOwnAddresses({ ...(interfaces ? { interfaces } : {}), now });
  return {
    async open(site, listener) {
      const registrations = await openRegistrations({ records, limits, log: site.log, now });
      const own = createOwnThings({ site, now });
      const search = createSearch(limits.search, limits.share);
      const shelf = createShelf({ site, own, registrations, access, now });
      const plainDesk = createDirectoryDesk({ site, registrations, access, size: limits.description, now });
      const desk = recorded ? createRecordedDesk(plainDesk, { recorded, registrations, access }) : plainDesk;
      const endings = [
        tellOfOwnThings({ site, access }, registrations),
        sweep(registrations, { log: site.log, interval: sweepInterval }),
      ];
      listener.closing.addEventListener(
        'abort',
        () => {
          for (const end of endings) end();
          void search[Symbol.asyncDispose]();
        },
        { once: true },
      );
      listener.fastify.register((app, _options, done) => {
        acceptJsonBodies(app, [...TD_TYPES, PATCH_TYPE]);
        tellWhatIsWrong(app);
        const router = createRouter(app, site, { listener, limit: undefined });
        addThingRoutes(router, { listener, shelf, desk, addresses });
        addEventRoutes(router, { site, listener, own, registrations, access });
        addSearchRoutes(router, { listener, shelf, search, access });
        done();
      });
    },
  };
}

/** Removes what is over now and then, never twice at the same time. Gives what ends it. */
function sweep(
  registrations: Registrations,
  { log, interval }: { readonly log: Log; readonly interval: number },
): () => void {
  const ending = new AbortController();
  let isAtIt = false;
  const timer = setInterval(() => {
    if (isAtIt) return;
    isAtIt = true;
    registrations
      .sweep(ending.signal)
      .catch((error: unknown) => log.warn({ error }, 'registrations that are over stay for now'))
      .finally(() => (isAtIt = false));
  }, interval);
  timer.unref();
  return () => {
    clearInterval(timer);
    ending.abort();
  };
}

/** Has validation errors listed as the standard says (Discovery, section 7.3.1.4), preconditions answered as HTTP does, all others as everywhere. */
function tellWhatIsWrong(app: FastifyInstance): void {
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof PreconditionFailed) return sendDetails(reply, problemOf(412, error.detail));
    if (!(error instanceof ThingError && error.faults)) throw error;
    const validationErrors = error.faults.map(({ path, message }) => ({ field: fieldOf(path), description: message }));
    const problem = { ...problemOf(400, error.detail), validationErrors };
    return sendDetails(reply, problem);
  });
}
