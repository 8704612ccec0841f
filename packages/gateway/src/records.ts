import { type Log, type Principal, type Site, ThingError } from '@thingwright/core';
import { directory } from '@thingwright/directory';
import type { Binding } from '@thingwright/listener';
import { openStore, type Store } from '@thingwright/store';
import type { Static } from 'typebox';
import { demandAdminOf } from './administration/authority.js';
import { auditRoutes } from './audit/audit-routes.js';
import { type AuditPage, type AuditRequest, readAudit } from './audit/read-audit.js';
import { createRecording, type Recording } from './audit/recording.js';
import { createDirectoryAccess } from './directory/directory-access.js';
import { createHistories, type Histories } from './history/histories.js';
import { historyRoutes } from './history/history-routes.js';
import type { recordActions } from './records.model.js';
import { resultRoutes } from './results/result-routes.js';
import type { StoreSetting } from './store-setting.js';

/** What is kept, and how. */
export interface RecordsOptions extends Partial<StoreSetting> {
  readonly data?: string;
  readonly pepper?: string;
  /** How far back readers can resume. */
  readonly journal?: { readonly count?: number; readonly age?: number };
  readonly log?: Log;
}

/** How long the history of a Thing is wanted. */
export type RetentionRequest = Static<(typeof recordActions)['setRetention']['input']>;

/** What outlives a gateway, and what it shows of that. Disposing closes the store. */
export interface Records extends AsyncDisposable {
  readonly store: Store;
  readonly recording: Recording;
  readonly histories: Histories;
  /** Where histories, the audit, results and the directory are had by HTTP. */
  readonly bindings: readonly Binding[];
  on(site: Pick<Site, 'things' | 'isVisible'>): RecordsOfThings;
}

/** What those may do with records who administer something. */
export interface RecordsOfThings {
  /** See {@link readAudit}. */
  audit(caller: Principal, request: AuditRequest): Promise<AuditPage>;
  /** Says how long the history of a Thing is kept. @throws ThingError `notFound`, `forbidden`, `unavailable`. */
  setRetention(caller: Principal, request: RetentionRequest): Promise<void>;
}

const DAY = 86_400_000;
/** Of one file; kinds of devices may allow less. */
const MOST_BYTES = 8_589_934_592;

/** The part of the directory that one organization may have: none fills it for the others. */
const DIRECTORY_SHARE = 1 / 4;

/**
 * Opens the records of a gateway. `organizationOf` gives the organization of the Thing with that id.
 * @throws ThingError `conflict` if another gateway uses the store, `invalid` or `unavailable` if it cannot be used.
 */
export async function openRecords(
  { data, pepper, databaseUrl, retention, journal, filesQuota, log }: RecordsOptions,
  organizationOf: (thing: string) => string | undefined,
): Promise<Records> {
  const files = { maxSize: MOST_BYTES, quota: () => filesQuota };
  const store = await openStore({ data, pepper, database: databaseUrl, retention, journal, files, log });
  const histories = createHistories(store.history);
  const recording = createRecording({ trail: store.audit, organizationOf });
  return {
    store,
    recording,
    histories,
    bindings: [
      historyRoutes(histories, store.history),
      auditRoutes(store.audit),
      resultRoutes(store.results, store.files),
      directory({
        records: store.registrations,
        access: createDirectoryAccess(organizationOf),
        recorded: recording.registered,
        limits: { share: DIRECTORY_SHARE },
      }),
    ],
    on: ({ things, isVisible }) => ({
      audit: (caller, request) => readAudit(store.audit, caller, request),
      async setRetention(caller, { name, days, meansDays }) {
        const thing = things.get(name);
        const organization = thing && isVisible(thing, caller) ? organizationOf(thing.id) : undefined;
        if (!thing || organization === undefined) {
          throw new ThingError('notFound', `There is neither a device nor an adopted Thing named '${name}'`);
        }
        demandAdminOf(caller, organization);
        await store.history.retain(thing.id, {
          ...(days === undefined ? {} : { raw: days * DAY }),
          ...(meansDays === undefined ? {} : { means: meansDays * DAY }),
        });
      },
    }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
