import { type Observable, Subject } from 'rxjs';
import { v4 as uuid } from 'uuid';
import type { Audit } from './account.js';
import type { CompileCheck } from './check.js';
import type { Now } from './clock.js';
import { describe } from './describe.js';
import type { Exposure } from './expose.js';
import type { JournalLimits } from './journal.js';
import { type Log, silent } from './log.js';
import type { Memory } from './memory.js';
import { type Meter, unread } from './meter.js';
import { OperationMeter } from './operation-meter.js';
import { createPreparation } from './prepared-model.js';
import type { Authenticate, Policy, Principal } from './principal.js';
import { openThing, type Thing } from './thing.js';
import type { FormBuilder, Security, ThingDescription } from './thing-description.js';
import { ThingError } from './thing-error.js';
import type { Trace } from './trace.js';

/** What the Things of a Site share. */
export interface SiteOptions {
  readonly compileCheck: CompileCheck;
  /** Default: everybody is {@link ANONYMOUS}, and TDs say `nosec`. */
  readonly authenticate?: Authenticate;
  /** Default: whoever is authenticated may do everything. */
  readonly policy?: Policy;
  /** The security that TDs state; has to be the one that `authenticate` enforces. */
  readonly security?: Security;
  readonly log?: Log;
  readonly journal?: JournalLimits;
  /** What outlives the process; absent: nothing. */
  readonly memory?: Memory;
  /** Is told who changes what; absent: nobody. */
  readonly audit?: Audit;
  /** Where the runtime counts what it does; absent: nowhere. */
  readonly meter?: Meter;
  /** Is handed every operation to carry out; absent: nobody traces. */
  readonly trace?: Trace;
  readonly checkOutputs?: boolean;
  /** Conformance runs: no extension members, no leniency. */
  readonly strict?: boolean;
  /** Profile URIs that TDs claim. */
  readonly profiles?: readonly string[];
  readonly now?: Now;
}

/** A Thing that came, went, or is described otherwise than before. */
export interface SiteChange {
  readonly type: 'added' | 'removed' | 'changed';
  readonly thing: Thing;
}

/** The Things of one process, with all that bindings need to serve them. */
export interface Site extends AsyncDisposable {
  readonly authenticate: Authenticate;
  readonly policy: Policy;
  readonly log: Log;
  /** For bindings to count what they do. */
  readonly meter: Meter;
  readonly strict: boolean;
  readonly security: Security;
  /** By name, in the order they were added. */
  readonly things: ReadonlyMap<string, Thing>;
  /** Things that come and go, and changes of their descriptions. */
  readonly changes: Observable<SiteChange>;
  /** The Thing with that id. */
  byID(id: string): Thing | undefined;
  /** Opens a Thing. @throws ThingError `conflict` if the name or the id is taken, `unavailable` if the Site is closed. */
  add(name: string, exposure: Exposure, options?: { readonly id?: string }): Thing;
  /** Closes a Thing; its readers' streams end. Does nothing if there is none of that name. */
  remove(name: string): Promise<void>;
  /** Gives a Thing another title; those who read it go on. Does nothing if there is none of that name. */
  setTitle(name: string, title: string): void;
  /** Adds a binding's forms to all Thing Descriptions, with the JSON-LD prefixes of the terms that are the binding's own. */
  addForms(builder: FormBuilder, prefixes?: Readonly<Record<string, string>>): void;
  /** Whether the caller may see a Thing at all; to all others it has to look as if there were none. */
  isVisible(thing: Thing, principal: Principal): boolean;
  /** The Thing Description as reached at `origin` (`http://host:port`); what the caller may not see is left out. */
  describe(thing: Thing, origin: string, principal: Principal): ThingDescription;
}

/** Who everybody is where nobody is asked. */
export const ANONYMOUS: Principal = { id: 'anonymous', kind: 'anonymous', grants: [] };

const NO_SECURITY: Security = { definitions: { nosec_sc: { scheme: 'nosec' } }, thing: 'nosec_sc' };

/** Makes an empty Site. Disposing it closes all its Things. */
export function createSite(options: SiteOptions): Site {
  const {
    authenticate = () => ({ principal: ANONYMOUS }),
    policy = () => true,
    security = NO_SECURITY,
    log = silent,
    meter = unread,
    strict = false,
    profiles = [],
  } = options;
  const operations = meter === unread ? undefined : new OperationMeter(meter);
  const prepare = createPreparation(options.compileCheck);
  const things = new Map<string, Thing>();
  const ids = new Map<string, Thing>();
  const builders: FormBuilder[] = [];
  let prefixes: Readonly<Record<string, string>> = {};
  const changes = new Subject<SiteChange>();
  let closed = false;

  const remove = async (name: string): Promise<void> => {
    const thing = things.get(name);
    if (!thing) return;
    things.delete(name);
    ids.delete(thing.id);
    await thing[Symbol.asyncDispose]();
    changes.next({ type: 'removed', thing });
  };

  return {
    authenticate,
    policy,
    log,
    meter,
    strict,
    security,
    things,
    changes: changes.asObservable(),
    byID: (id) => ids.get(id),
    add(name, exposure, { id = `urn:uuid:${uuid()}` } = {}) {
      if (!/^[A-Za-z0-9][A-Za-z0-9_.~-]{0,63}$/.test(name)) {
        throw new ThingError('invalid', `'${name}' is no name: letters, digits, '_', '.', '~' and '-', at most 64`);
      }
      if (closed) throw new ThingError('unavailable', `'${name}' cannot be added: the Site is closed`);
      if (things.has(name)) throw new ThingError('conflict', `There is already a Thing named '${name}'`);
      if (ids.has(id)) throw new ThingError('conflict', `There is already a Thing with the id '${id}'`);
      const { journal, memory, audit, trace, checkOutputs, now } = options;
      const thing = openThing(prepare(exposure.model), exposure.implement(), {
        id,
        name,
        policy,
        log,
        ...(journal ? { journal } : {}),
        ...(memory ? { memory } : {}),
        ...(audit ? { audit } : {}),
        ...(operations ? { operations } : {}),
        ...(trace ? { trace } : {}),
        ...(checkOutputs === undefined ? {} : { checkOutputs }),
        ...(now ? { now } : {}),
      });
      things.set(name, thing);
      ids.set(id, thing);
      changes.next({ type: 'added', thing });
      return thing;
    },
    remove,
    setTitle(name, title) {
      const thing = things.get(name);
      if (!thing) return;
      thing.setTitle(title);
      changes.next({ type: 'changed', thing });
    },
    addForms(builder, more = {}) {
      builders.push(builder);
      prefixes = { ...prefixes, ...more };
    },
    isVisible: (thing, principal) => policy({ principal, thing, operation: 'describe' }),
    describe: (thing, origin, principal) =>
      describe(thing.model, {
        thing,
        base: `${origin}/things/${thing.name}/`,
        security,
        profiles,
        builders,
        prefixes,
        may: (operation, affordance) =>
          policy(
            affordance === undefined ? { principal, thing, operation } : { principal, thing, operation, affordance },
          ),
      }),
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const name of [...things.keys()]) await remove(name);
      changes.complete();
    },
  };
}
