import { type Context, isMembers, type Members, type Now, type Site, ThingError } from '@thingwright/core';
import { v4 as uuid } from 'uuid';
import type { DirectoryAccess } from './access.js';
import { checkDescription, type DescriptionCheck } from './description-check.js';
import type { SizeLimits } from './description-size.js';
import { enrich } from './enriched.js';
import { applyMergePatch, mergePatchBetween } from './merge-patch.js';
import { checkPreconditions, type Preconditions } from './preconditions.js';
import type { Registration } from './records.js';
import { endOf, type RegistrationWish } from './registration.js';
import { type Entry, enrichedOf, type Registrations, tdOf } from './registrations.js';

/** Who asks, and from where. */
export interface Asked {
  readonly caller: Pick<Context, 'principal' | 'from'>;
  /** Whether a URL leads to the server that was asked. */
  isOwn(url: URL): boolean;
  /** On which state of the registration the caller insists; for what is not `create`. */
  readonly preconditions: Preconditions;
}

/** A registration that was made or changed. */
export interface Registered {
  readonly id: string;
  /** Of the state that it has got: whoever insists on it changes nothing that others have made of it since. */
  readonly etag: string | undefined;
}

/** What can be done to registrations (Discovery, section 7.3.2.1), as far as the caller may. */
export interface DirectoryDesk {
  /** Registers an anonymous TD. @throws ThingError `invalid`, `tooLarge`, `forbidden`. */
  create(given: unknown, asked: Asked): Promise<Registered>;
  /**
   * Registers a TD under its id, or puts it in the place of the one that is there.
   * @throws ThingError `invalid`, `tooLarge`, `forbidden`, `conflict` for an id that is somebody else's; PreconditionFailed.
   */
  put(id: string, given: unknown, asked: Asked): Promise<'created' | 'updated'>;
  /** Changes a TD by a merge patch; by one without members it says that it is still there. @throws ThingError as `put`, `notFound`. */
  patch(id: string, patch: unknown, asked: Asked): Promise<Registered>;
  /** Ends a registration. @throws ThingError `notFound`, `forbidden`; PreconditionFailed. */
  remove(id: string, asked: Pick<Asked, 'caller' | 'preconditions'>): Promise<void>;
}

/** What a desk works with. */
export interface DeskParts {
  readonly site: Pick<Site, 'byID' | 'isVisible'>;
  readonly registrations: Registrations;
  readonly access: DirectoryAccess;
  readonly size: SizeLimits;
  readonly now: Now;
}

/** Makes the desk of a directory. */
export function createDirectoryDesk({ site, registrations, access, size, now }: DeskParts): DirectoryDesk {
  const checkFor = ({ isOwn }: Asked): DescriptionCheck => ({ size, isOwn, now: now() });

  const homeOf = ({ caller: { principal } }: Asked): string => {
    const home = access.homeOf(principal);
    if (home === undefined) throw new ThingError('forbidden', `${principal.id} may not register Things`);
    return home;
  };

  /** An own Thing looks like any other here, but nobody registers it. */
  const refuseOwn = (id: string, { caller: { principal } }: Pick<Asked, 'caller'>): void => {
    const own = site.byID(id);
    if (!own || !site.isVisible(own, principal)) return;
    throw new ThingError('forbidden', `'${own.model.title}' is served here: its description follows from what it is`);
  };

  const demand = (id: string, asked: Pick<Asked, 'caller'>): Entry => {
    refuseOwn(id, asked);
    const { principal } = asked.caller;
    const entry = registrations.get(id);
    if (!entry || !access.maySee(principal, entry.registration)) throw notFound(id);
    if (!access.mayKeep(principal, entry.registration)) throw forbidden(principal.id, id);
    return entry;
  };

  const step = (registration: Registration, before: Entry | undefined) => {
    const { id, organization, td } = registration;
    const enriched = enrich(td, id, registration);
    const diff = before ? { ...mergePatchBetween(enrichedOf(before), enriched), id } : enriched;
    const type = before ? ('thing_updated' as const) : ('thing_created' as const);
    return { put: registration, event: { type, id, organization, diff } };
  };

  const replaced = ({ registration }: Entry, td: Members, wish: RegistrationWish): Registration => {
    const { id, organization, created } = registration;
    const present = now();
    return { id, td, organization, created, modified: toTime(present), ...endOf(wish, present) };
  };

  const begun = (id: string, td: Members, { organization, wish }: Beginning): Registration => {
    const present = now();
    const time = toTime(present);
    return { id, td, organization, created: time, modified: time, ...endOf(wish, present) };
  };

  return {
    async create(given, asked) {
      const organization = homeOf(asked);
      const { td, wish, id: known } = checkDescription(given, checkFor(asked));
      if (known !== undefined) throw new ThingError('invalid', `A TD with an id is registered by PUT to /things/{id}`);
      const id = `urn:uuid:${uuid()}`;
      const made = await registrations.change(() => step(begun(id, td, { organization, wish }), undefined));
      return { id, etag: made?.etag };
    },
    async put(id, given, asked) {
      const { principal } = asked.caller;
      const known = registrations.get(id);
      const isTheirs = known !== undefined && access.maySee(principal, known.registration);
      // Who may register nothing learns of no Thing that is not theirs, not even that its id is taken.
      const home = isTheirs ? undefined : homeOf(asked);
      const { td, wish, id: said } = checkDescription(given, checkFor(asked));
      if (said !== id) {
        const other = said === undefined ? 'has no id' : `has the id '${said}'`;
        throw new ThingError('invalid', `The TD ${other}, and is put in the place of '${id}'`);
      }
      if (site.byID(id)) throw taken(id);
      let isNew = false;
      await registrations.change(() => {
        const before = registrations.get(id);
        isNew = !before;
        if (before && !access.maySee(principal, before.registration)) throw taken(id);
        if (before && !access.mayKeep(principal, before.registration)) throw forbidden(principal.id, id);
        const organization = before?.registration.organization ?? home ?? homeOf(asked);
        checkPreconditions(asked.preconditions, before?.etag);
        if (!before) return step(begun(id, td, { organization, wish }), undefined);
        return step(replaced(before, td, wish), before);
      });
      return isNew ? 'created' : 'updated';
    },
    async patch(id, patch, asked) {
      demand(id, asked);
      if (!isMembers(patch)) throw new ThingError('invalid', 'A merge patch for a TD is an object');
      const changed = await registrations.change(() => {
        const before = demand(id, asked);
        const td = tdOf(before);
        const { expires, ttl } = before.registration;
        const registration = ttl === undefined ? (expires === undefined ? {} : { expires }) : { ttl };
        const merged = applyMergePatch({ ...td, id, registration }, patch);
        const checked = checkDescription(merged, checkFor(asked));
        if (checked.id !== id) throw new ThingError('invalid', `The id of a TD cannot be changed`);
        checkPreconditions(asked.preconditions, before.etag);
        const { id: _, ...anonymous } = checked.td;
        return step(replaced(before, 'id' in td ? checked.td : anonymous, checked.wish), before);
      });
      return { id, etag: changed?.etag };
    },
    async remove(id, asked) {
      demand(id, asked);
      await registrations.change(() => {
        const { registration, etag } = demand(id, asked);
        checkPreconditions(asked.preconditions, etag);
        const { organization } = registration;
        return { remove: id, event: { type: 'thing_deleted', id, organization } };
      });
    },
  };
}

/** What a registration begins with. */
interface Beginning {
  readonly organization: string;
  readonly wish: RegistrationWish;
}

const toTime = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** The same for a registration that is there and one that is not: who may not see it does not learn of it. */
const notFound = (id: string): ThingError => new ThingError('notFound', `There is no Thing with the id '${id}'`);

const taken = (id: string): ThingError => new ThingError('conflict', `The id '${id}' is that of another Thing`);

const forbidden = (principal: string, id: string): ThingError =>
  new ThingError('forbidden', `${principal} may not change the registration of '${id}'`);
