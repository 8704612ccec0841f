import type { Servient } from '@node-wot/core';
import {
  type Exposure,
  type Handlers,
  type Log,
  type Model,
  silent,
  ThingError,
  type UriVariables,
} from '@thingwright/core';
import { catchError, type Observable, retry, type SchedulerLike, timer } from 'rxjs';
import { toInput } from './interaction.js';
import { type Described, modelOfDescription } from './model-of-description.js';
import { polling } from './polling.js';
import { pushed } from './pushed.js';
import { withinTime } from './within-time.js';

/** How a foreign Thing is followed. */
export interface AdoptOptions {
  /** Milliseconds between two reads of a property that its protocol cannot push, and between attempts to subscribe; default 1000. */
  readonly pollInterval?: number;
  /** Milliseconds that a device may take to answer a read or a write; default 10 000. Then it is `timeout`. */
  readonly timeout?: number;
  readonly log?: Log;
  /** Timers; for tests. */
  readonly scheduler?: SchedulerLike;
}

const POLL_INTERVAL = 1000;
const TIMEOUT = 10_000;

/**
 * Makes a Thing that node-wot's client bindings reach one that we can serve: add the exposure to a Site, with the id of the TD. Values
 * are read from the device each time; a property is observed where its TD has a form for that, else polled; an action answers at
 * its end. The Servient needs client factories for the TD's forms, and stays open as long as the Thing does; it is started if nobody
 * has. Rejects with a ThingError `invalid` for a TD that node-wot does not take, or that cannot be served.
 */
export async function adopt(td: Described, servient: Servient, options: AdoptOptions = {}): Promise<Exposure> {
  const model = modelOfDescription(td, { keepsAsynchronous: false, observesAll: true });
  const consumed = await consume(td, servient);
  return { model, implement: () => handlersOf({ consumed, servient, model }, options) };
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
  readonly consumed: ConsumedThing;
  readonly servient: Servient;
  readonly model: Model;
}

function handlersOf(adopted: Adopted, options: AdoptOptions): Handlers {
  const { consumed, model } = adopted;
  const td = consumed.getThingDescription();
  const { pollInterval = POLL_INTERVAL, log = silent, scheduler } = options;
  const limits = { milliseconds: options.timeout ?? TIMEOUT, ...(scheduler ? { scheduler } : {}) };
  const again = (): Observable<unknown> => timer(pollInterval, scheduler);

  const answered = <T>(answer: Promise<T>, what: string): Promise<T> => withinTime(answer, { what, ...limits });
  const read = async (name: string, uriVariables?: UriVariables): Promise<unknown> =>
    answered(readValue(adopted, name, uriVariables), `Property '${name}' of '${model.title}'`);

  const property = (name: string): Observable<unknown> => {
    const failed = (error: unknown): void => log.debug({ thing: model.title, property: name, error }, 'a poll failed');
    const polled = polling(() => read(name), {
      interval: pollInterval,
      failed,
      ...(scheduler ? { scheduler } : {}),
    });
    if (!canObserve(adopted, name)) return polled;
    return pushed((next, error) => consumed.observeProperty(name, next, error)).pipe(
      catchError((error: unknown) => {
        log.warn({ thing: model.title, property: name, error }, 'the device does not push; it is polled');
        return polled;
      }),
    );
  };
  const event = (name: string): Observable<unknown> =>
    pushed((next, error) => consumed.subscribeEvent(name, next, error)).pipe(
      retry({
        delay: (error: unknown) => {
          log.warn(
            { thing: model.title, event: name, error },
            'the event cannot be subscribed to; another attempt follows',
          );
          return again();
        },
      }),
    );

  return {
    properties: new Map(
      Object.entries(model.properties ?? {}).map(([name, { readOnly, writeOnly }]) => [
        name,
        {
          ...(writeOnly ? {} : { read: ({ uriVariables }) => read(name, uriVariables), value: property(name) }),
          ...(readOnly
            ? {}
            : {
                write: (value, { uriVariables }) =>
                  answered(
                    consumed.writeProperty(name, toInput(value), variables(uriVariables)),
                    `Writing property '${name}' of '${model.title}'`,
                  ),
              }),
        },
      ]),
    ),
    actions: new Map(
      Object.keys(model.actions ?? {}).map((name) => [
        name,
        {
          run: async (input, { uriVariables }) => {
            const given = input === undefined ? undefined : toInput(input);
            const output = await consumed.invokeAction(name, given, variables(uriVariables));
            return td.actions?.[name]?.output === undefined ? undefined : output?.value();
          },
        },
      ]),
    ),
    events: new Map(Object.keys(model.events ?? {}).map((name) => [name, event(name)])),
  };
}

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
    return await output.value();
  } catch (cause) {
    throw new ThingError('unavailable', `Property '${name}' of '${model.title}' could not be read`, { cause });
  }
}

const variables = (uriVariables: UriVariables): { uriVariables: object } | undefined =>
  Object.keys(uriVariables).length === 0 ? undefined : { uriVariables: { ...uriVariables } };
