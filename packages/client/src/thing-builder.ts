import { type Answer, type Model, ThingError } from '@thingwright/core';
import type { Observable } from 'rxjs';
import type { ConsumedChannel } from './consumed-channel.js';
import type { AnyModel, ConsumedThing, ReadableValues } from './consumed-thing.js';
import type { Described } from './endpoint.js';
import { createEvent } from './event.js';
import { type Invocation, type InvokeOptions, invoke } from './invocation.js';
import { type AnyProperty, createProperty } from './property.js';
import type { Schedule } from './schedule.js';

/** What a consumed Thing is built of. */
export interface ThingParts {
  readonly id: string;
  readonly described: Described;
  readonly channel: ConsumedChannel;
  readonly schedule: Schedule;
  /** Its affordances are there even if the TD lacks them; using those is an error. */
  readonly model: Model | undefined;
  /** Closes all that was opened for it. */
  readonly close: () => Promise<void>;
}

/** Builds a Thing out of its channel: every affordance that the TD or the Model names. */
export function buildThing({ id, described, channel, schedule, model, close }: ThingParts): ConsumedThing {
  const { td } = described;
  const action =
    (name: string) =>
    (input?: unknown, options?: InvokeOptions): Invocation => {
      const plan = {
        name,
        input,
        synchronous: member(td.actions, name)?.synchronous === true,
        hasStatusEvent: channel.tellsOfInvocations,
        schedule,
      };
      return invoke(channel, plan, options);
    };
  const properties: Readonly<Record<string, AnyProperty>> = each([td.properties, model?.properties], (name) =>
    createProperty(channel, name, schedule),
  );
  const events: Readonly<Record<string, Observable<unknown>>> = each([td.events, model?.events], (name) =>
    createEvent(channel, name),
  );
  // What comes over the wire gets its types from the Model here: the Thing has checked it.
  function readMultiple<N extends string>(names: readonly N[]): Promise<Pick<ReadableValues<AnyModel>, N>>;
  async function readMultiple(names: readonly string[]): Promise<unknown> {
    return valuesOf(await channel.request({ op: 'readmultipleproperties', names }));
  }
  return {
    id,
    td,
    properties,
    actions: each([td.actions, model?.actions], action),
    events,
    readAll: async () => valuesOf(await channel.request({ op: 'readallproperties' })),
    readMultiple,
    writeMultiple: async (values) => valuesOf(await channel.request({ op: 'writemultipleproperties', values })),
    writeAll: async (values) => valuesOf(await channel.request({ op: 'writeallproperties', values })),
    connection: channel.states,
    gaps: channel.gaps,
    request: (operation, options) => channel.request(operation, options),
    observe: (operation, opened) => channel.observe(operation, opened),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function valuesOf({ values }: Answer): Readonly<Record<string, unknown>> {
  if (!values) throw new ThingError('protocol', 'The answer has no values');
  return values;
}

type Group = Readonly<Record<string, unknown>> | undefined;

/** Makes one part for each name that stands in any of the groups. */
function each<T>(groups: readonly Group[], make: (name: string) => T): Readonly<Record<string, T>> {
  const names = new Set(groups.flatMap((group) => Object.keys(group ?? {})));
  return Object.fromEntries([...names].map((name) => [name, make(name)]));
}

/** An affordance of that name, never something that all objects have. */
const member = <T>(group: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  group && Object.hasOwn(group, name) ? group[name] : undefined;
