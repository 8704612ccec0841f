import type { ExposedThing, Servient } from '@node-wot/core';
import {
  ANONYMOUS,
  type Answer,
  type Context,
  type Log,
  type Notification,
  type Principal,
  silent,
  type Thing,
  ThingError,
  toThingModel,
} from '@thingwright/core';
import { concatMap, filter, firstValueFrom, from, map, merge, of } from 'rxjs';
import { toInput, toVariables } from './interaction.js';

/** How a Thing is mounted. */
export interface MountOptions {
  /** On whose behalf node-wot's servers act: they do not say who asks. Default {@link ANONYMOUS}. */
  readonly principal?: Principal;
  readonly log?: Log;
}

/** One of our Things on a Servient. Disposing takes it off; the Thing itself stays. */
export interface Mounted extends AsyncDisposable {
  readonly exposed: ExposedThing;
}

/** What node-wot gives to handlers. */
interface HandlerOptions {
  readonly uriVariables?: unknown;
}

const EVENT_OF_STATUS = 'actionStatus';

/**
 * Exposes a Thing of ours on all servers of a Servient, with its id and its Model. Actions answer at their end there, since node-wot
 * knows no other way. Every change of a property and every event goes out once. Starts the Servient if nobody has. Rejects with a ThingError `conflict` if the Servient
 * has that id already.
 */
export async function mount(thing: Thing, servient: Servient, options: MountOptions = {}): Promise<Mounted> {
  const { principal = ANONYMOUS, log = silent } = options;
  const context: Context = { principal };
  if (servient.getThing(thing.id)) throw new ThingError('conflict', `The Servient has a Thing '${thing.id}' already`);
  const wot = await servient.start();
  await wot.produce(descriptionOf(thing));
  const exposed = servient.getThing(thing.id);
  if (!exposed) throw new ThingError('failed', `node-wot made no Thing of '${thing.id}'`);
  const changing = handleProperties(exposed, thing, context);
  handleActions(exposed, thing, context);
  await exposed.expose();

  const following = merge(...streamsOf(thing, context)).subscribe({
    next: (notification) => {
      changing.tell(notification).catch((error: unknown) => {
        log.warn({ thing: thing.name, name: notification.name, error }, "node-wot's servers were not told");
      });
    },
    error: (error: unknown) => log.warn({ thing: thing.name, error }, 'a mounted Thing cannot be followed'),
  });
  return {
    exposed,
    async [Symbol.asyncDispose]() {
      if (following.closed && !servient.getThing(thing.id)) return;
      following.unsubscribe();
      await exposed.destroy();
    },
  };
}

type ExposedThingInit = Parameters<Awaited<ReturnType<Servient['start']>>['produce']>[0];

/** What node-wot makes a Thing of: a copy, since it is changed there. Actions have no status there, they answer at their end. */
function descriptionOf(thing: Thing): ExposedThingInit {
  const { '@type': types, ...model } = toThingModel(thing.model);
  const type = [types].flat().filter((one) => one !== 'tm:ThingModel');
  const init: ExposedThingInit = JSON.parse(JSON.stringify({ ...model, id: thing.id }));
  for (const action of Object.values(init.actions ?? {})) if (action) action.synchronous = true;
  if (init.events && !thing.model.events?.[EVENT_OF_STATUS]) delete init.events[EVENT_OF_STATUS];
  return type.length === 0 ? init : Object.assign(init, { '@type': type });
}

interface Telling {
  tell(notification: Notification): Promise<void>;
}

function handleProperties(exposed: ExposedThing, thing: Thing, context: Context): Telling {
  /** What is being told now: node-wot asks the read handler for it, without options, before it calls anybody. */
  let telling: Notification | undefined;
  for (const [name, { readOnly, writeOnly }] of Object.entries(thing.model.properties ?? {})) {
    if (!writeOnly) {
      exposed.setPropertyReadHandler(name, async (options?: HandlerOptions) => {
        if (options === undefined && telling?.name === name) return toInput(telling.value);
        const operation = { op: 'readproperty', name, uriVariables: toVariables(options?.uriVariables) } as const;
        return toInput((await thing.request(operation, context)).value);
      });
    }
    if (!readOnly) {
      exposed.setPropertyWriteHandler(name, async (output, options?: HandlerOptions) => {
        const value: unknown = await output.value();
        await thing.request(
          { op: 'writeproperty', name, value, uriVariables: toVariables(options?.uriVariables) },
          context,
        );
      });
    }
  }
  return {
    async tell(notification) {
      if (notification.kind === 'event') {
        exposed.emitEvent(notification.name, toInput(notification.value));
        return;
      }
      telling = notification;
      const told = exposed.emitPropertyChange(notification.name);
      telling = undefined;
      await told;
    },
  };
}

function handleActions(exposed: ExposedThing, thing: Thing, context: Context): void {
  for (const [name, { input: takesInput }] of Object.entries(thing.model.actions ?? {})) {
    exposed.setActionHandler(name, async (output, options?: HandlerOptions) => {
      const input: unknown = takesInput ? await output.value() : undefined;
      const uriVariables = toVariables(options?.uriVariables);
      const operation = { op: 'invokeaction', name, uriVariables, ...(input === undefined ? {} : { input }) } as const;
      const answer = await thing.request(operation, context);
      const given = answer.status ? await endOf(answer.status.actionID, thing, context) : answer.output;
      return given === undefined ? undefined : toInput(given);
    });
  }
}

/** The output of an invocation, once it has ended. Rejects with why it failed. */
async function endOf(actionID: string, thing: Thing, context: Context): Promise<unknown> {
  const told = thing.observe({ op: 'subscribeevent', name: EVENT_OF_STATUS }, context);
  const query = async (): Promise<Answer> => thing.request({ op: 'queryaction', actionID }, context);
  const status = await firstValueFrom(
    merge(of(undefined), told).pipe(
      concatMap(() => from(query())),
      map((answer) => answer.status),
      filter((found) => found?.state === 'completed' || found?.state === 'failed'),
    ),
  );
  if (status?.error) throw new ThingError(status.error.code, status.error.detail);
  return status?.output;
}

/** All that the principal may observe. */
function streamsOf(thing: Thing, context: Context) {
  const { properties = {}, events = {} } = thing.model;
  return [
    ...Object.entries(properties)
      .filter(([, { observable, writeOnly }]) => observable !== false && writeOnly !== true)
      .map(([name]) => ({ op: 'observeproperty', name }) as const),
    ...Object.keys(events).map((name) => ({ op: 'subscribeevent', name }) as const),
  ].map((operation) => thing.observe(operation, context));
}
