import type { Servient } from '@node-wot/core';
import {
  createBackOff,
  type Described,
  type Exposure,
  type Handlers,
  type Log,
  type Model,
  modelOfDescription,
  polling,
  silent,
  ThingError,
  type UriVariables,
} from '@thingwright/core';
import { defer, type Observable, retry, type SchedulerLike, Subject, startWith, switchMap, timer } from 'rxjs';
import { followed } from './followed.js';
import { toInput } from './interaction.js';
import { readOutput } from './output-value.js';
import { pushed, type Subscribe } from './pushed.js';
import { withinTime } from './within-time.js';

/** How a foreign Thing is followed. */
export interface AdoptOptions {
  /**
   * Milliseconds between two reads of a property that its protocol cannot push, and before another attempt to subscribe; default
   * 1000. A device that does not answer is asked less and less often, every 30 s at last.
   */
  readonly pollInterval?: number;
  /** Milliseconds between two reads of a property that is pushed, since its line may be lost without a word; default 30 000. */
  readonly checkInterval?: number;
  /**
   * Milliseconds that a device may take to answer a read or a write; default 10 000. Then a read is refused as `unavailable`, a
   * write, of which it is unknown whether it was done, as `timeout`.
   */
  readonly timeout?: number;
  /** Whether the regular expressions of the TD are used; not for TDs of strangers. Default true. */
  readonly checksPatterns?: boolean;
  readonly log?: Log;
  /** Timers; for tests. */
  readonly scheduler?: SchedulerLike;
}

const POLL_INTERVAL = 1000;
const CHECK_INTERVAL = 30_000;
const TIMEOUT = 10_000;

/**
 * Makes a Thing that node-wot's client bindings reach one that we can serve: add the exposure to a Site. Values are read from the
 * device each time; a property is observed where its TD has a form for that, else polled; an action answers at its end. Nothing is
 * asked of the device before the Thing is opened, and one that is away is `unavailable` until it returns. The Servient needs
 * client factories for the TD's forms, and stays open as long as the Thing does; it is started if nobody has. Rejects with a
 * ThingError `invalid` for a TD that node-wot does not take, or that cannot be served.
 */
export async function adopt(td: Described, servient: Servient, options: AdoptOptions = {}): Promise<Exposure> {
  const { checksPatterns = true } = options;
  const model = modelOfDescription(td, { keepsAsynchronous: false, observesAll: true, checksPatterns });
  const consumed = await consume(td, servient);
  return { model, implement: () => handlersOf({ td, consumed, servient, model }, options) };
}

type Wot = Awaited<ReturnType<Servient['start']>>;
type ConsumedThing = Awaited<ReturnType<Wot['consume']>>;

async function consume(td: Described, servient: Servient): Promise<ConsumedThing> {
  const wot = await servient.start();
  const copy: Parameters<Wot['consume']>[0] = JSON.parse(JSON.stringify(td));
  return wot.consume(copy).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ThingError('invalid', `node-wot does not take this Thing Description: ${why}`, { cause });
  });
}

interface Adopted {
  readonly td: Described;
  readonly consumed: ConsumedThing;
  readonly servient: Servient;
  readonly model: Model;
}

function handlersOf(adopted: Adopted, options: AdoptOptions): Handlers {
  const { consumed, model } = adopted;
  const { actions: described = {} } = consumed.getThingDescription();
  const { properties = {}, actions = {}, events = {} } = model;
  const { pollInterval = POLL_INTERVAL, checkInterval = CHECK_INTERVAL, log = silent, scheduler } = options;
  const timers = scheduler ? { scheduler } : {};
  const backOff = createBackOff({ minimum: pollInterval, maximum: Math.max(pollInterval, 30_000) });
  const presence = createPresence();

  const answered = <T>(answer: Promise<T>, what: string): Promise<T> =>
    withinTime(answer, { what, milliseconds: options.timeout ?? TIMEOUT, ...timers });
  const read = async (name: string, uriVariables?: UriVariables): Promise<unknown> =>
    presence.watch(answered(readValue(adopted, name, uriVariables), `Property '${name}' of '${model.title}'`));
  const write = async (name: string, value: unknown, uriVariables: UriVariables): Promise<void> => {
    const what = `Writing property '${name}' of '${model.title}'`;
    const written = consumed.writeProperty(name, toInput(value), variables(uriVariables));
    await answered(written, what).catch((error: unknown) => {
      throw presence.explain(error, `${what} has failed`);
    });
  };

  const property = (name: string): Observable<unknown> => {
    const failed = (error: unknown): void => log.debug({ thing: model.title, property: name, error }, 'a poll failed');
    if (!canObserve(adopted, name)) return polling(() => read(name), { interval: pollInterval, failed, ...timers });
    const subscription = subscribing(adopted, (thing, next, error) => thing.observeProperty(name, next, error));
    const intervals = { checkInterval, retryInterval: pollInterval };
    const value = followed({ pushed: subscription, read: () => read(name), ...intervals, failed, ...timers });
    return presence.returned.pipe(
      startWith(undefined),
      switchMap(() => value),
    );
  };
  const event = (name: string): Observable<unknown> =>
    presence.returned.pipe(
      startWith(undefined),
      switchMap(() =>
        subscribing(adopted, (thing, next, error) => thing.subscribeEvent(name, next, error)).pipe(
          retry({
            delay: (error: unknown, attempts) => {
              log.debug({ thing: model.title, event: name, error }, 'a subscription failed; another follows');
              return timer(backOff(attempts - 1), scheduler);
            },
            resetOnSuccess: true,
          }),
        ),
      ),
    );

  return {
    properties: new Map(
      Object.entries(properties).map(([name, { readOnly, writeOnly }]) => [
        name,
        {
          ...(writeOnly ? {} : { read: ({ uriVariables }) => read(name, uriVariables), value: property(name) }),
          ...(readOnly ? {} : { write: (value, { uriVariables }) => write(name, value, uriVariables) }),
        },
      ]),
    ),
    actions: new Map(
      Object.keys(actions).map((name) => [
        name,
        {
          run: async (input, { uriVariables }) => {
            const given = input === undefined ? undefined : toInput(input);
            const output = await consumed.invokeAction(name, given, variables(uriVariables)).catch((error: unknown) => {
              throw presence.explain(error, `Action '${name}' of '${model.title}' has failed`);
            });
            return output && described[name]?.output !== undefined ? readOutput(output) : undefined;
          },
        },
      ]),
    ),
    events: new Map(Object.keys(events).map((name) => [name, event(name)])),
  };
}

/** Whether the device answers, as the last read has it. */
interface Presence {
  /** It was away and has answered again: what was subscribed to before it went may be lost. */
  readonly returned: Observable<void>;
  watch<T>(reading: Promise<T>): Promise<T>;
  /** Why something was not done: the device is away, or it has refused. */
  explain(error: unknown, detail: string): ThingError;
}

function createPresence(): Presence {
  const returned = new Subject<void>();
  let isAway = false;
  return {
    returned: returned.asObservable(),
    async watch(reading) {
      try {
        const value = await reading;
        const hasReturned = isAway;
        isAway = false;
        if (hasReturned) returned.next();
        return value;
      } catch (error) {
        isAway = true;
        if (!(error instanceof ThingError && error.code === 'timeout')) throw error;
        throw new ThingError('unavailable', error.detail, { cause: error });
      }
    },
    explain(cause, detail) {
      if (cause instanceof ThingError) return cause;
      // Errors of the network have a code; not every binding hands them on.
      const isCut = isAway || (cause instanceof Error && 'code' in cause);
      return new ThingError(isCut ? 'unavailable' : 'failed', detail, { cause });
    },
  };
}

/** Subscribes with a consumed Thing of its own: node-wot takes no second subscription before the end of the first is confirmed. */
const subscribing = (
  { td, servient }: Adopted,
  subscribe: (thing: ConsumedThing, ...listeners: Parameters<Subscribe>) => ReturnType<Subscribe>,
): Observable<unknown> =>
  defer(() => consume(td, servient)).pipe(switchMap((thing) => pushed((next, error) => subscribe(thing, next, error))));

/** Whether a form says so, over a protocol that the Servient has a client for. */
function canObserve({ consumed, servient }: Adopted, name: string): boolean {
  const forms = consumed.getThingDescription().properties?.[name]?.forms ?? [];
  return forms.some(
    ({ op = [], href }) =>
      [op].flat().includes('observeproperty') && servient.hasClientFor(href.split(':', 1)[0] ?? ''),
  );
}

async function readValue(
  { consumed, model }: Adopted,
  name: string,
  uriVariables: UriVariables = {},
): Promise<unknown> {
  try {
    const output = await consumed.readProperty(name, variables(uriVariables));
    return await readOutput(output);
  } catch (cause) {
    throw new ThingError('unavailable', `Property '${name}' of '${model.title}' could not be read`, { cause });
  }
}

const variables = (uriVariables: UriVariables): { uriVariables: object } | undefined =>
  Object.keys(uriVariables).length === 0 ? undefined : { uriVariables: { ...uriVariables } };
