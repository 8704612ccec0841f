import { compileCheck } from '@thingwright/core/checks';
import { filter, firstValueFrom } from 'rxjs';
import {
  ACTION_STATUS,
  type Answer,
  createSite,
  type Exposure,
  type Notification,
  type ObserveOperation,
  type Operation,
  type Principal,
  type Site,
  type SiteOptions,
  type Thing,
  ThingError,
} from '../src/index.js';

const person = (name: string): Principal => ({ id: `user:${name}`, kind: 'user', grants: [] });

export const ADA = person('ada');
export const BOB = person('bob');

/** A wall clock that stands still until it is set. */
export interface WallClock {
  /** Milliseconds since 1970. */
  time: number;
}

/** One Thing in a Site of its own, with a clock that the test sets and a log that the test reads. */
export interface Workbench extends AsyncDisposable {
  readonly site: Site;
  readonly thing: Thing;
  readonly clock: WallClock;
  readonly warnings: { readonly details: object; readonly message: string | undefined }[];
  /** Runs an operation; also what it throws at once is a rejection here. */
  ask(operation: Operation, principal?: Principal): Promise<Answer>;
  /** The notifications from now on, as they come. */
  collect(operation: ObserveOperation, principal?: Principal): Notification[];
  /** Invokes an asynchronous action and gives the id of the invocation. */
  invoke(name: string, input?: unknown, principal?: Principal): Promise<string>;
  /** Resolves as soon as the invocation is in that state. */
  reached(actionID: string, state: string): Promise<void>;
}

export function openWorkbench(exposure: Exposure, options: Partial<SiteOptions> = {}): Workbench {
  const clock: WallClock = { time: Date.UTC(2026, 2, 4, 6, 17, 31, 9) };
  const warnings: { readonly details: object; readonly message: string | undefined }[] = [];
  const log = {
    debug() {},
    info() {},
    warn: (details: object, message?: string) => void warnings.push({ details, message }),
    error() {},
  };
  const site = createSite({ compileCheck, log, now: () => clock.time, ...options });
  const thing = site.add('bench', exposure, { id: 'urn:uuid:00000000-0000-4000-8000-000000000001' });
  const ask = async (operation: Operation, principal = ADA): Promise<Answer> => thing.request(operation, { principal });
  return {
    site,
    thing,
    clock,
    warnings,
    ask,
    collect(operation, principal = ADA) {
      const collected: Notification[] = [];
      thing.observe(operation, { principal }).subscribe((notification) => collected.push(notification));
      return collected;
    },
    async invoke(name, input, principal = ADA) {
      const { status } = await ask({ op: 'invokeaction', name, input }, principal);
      if (!status) throw new Error(`'${name}' is not asynchronous`);
      return status.actionID;
    },
    async reached(actionID, state) {
      const told = firstValueFrom(
        thing.observe({ op: 'subscribeevent', name: ACTION_STATUS }, { principal: ADA }).pipe(
          filter(({ value }) => {
            const text = JSON.stringify(value);
            return text.includes(actionID) && text.includes(`"state":"${state}"`);
          }),
        ),
        { defaultValue: undefined },
      );
      const { status } = await ask({ op: 'queryaction', actionID });
      if (status?.state !== state) await told;
    },
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  };
}

/** The ThingError that a promise is rejected with. */
export async function refusal(promise: Promise<unknown>): Promise<ThingError> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof ThingError) return thrown;
    throw new Error('rejected, but not with a ThingError', { cause: thrown });
  }
  throw new Error('not rejected');
}

/** A promise with its ends in the test's hand. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

export function deferred<T = void>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve: (value) => resolve(value), reject: (reason) => reject(reason) };
}
