/** What the compiler promises. A line under `@ts-expect-error` that compiled would be an error of the type check. */
import { expect } from 'chai';
import { NEVER, type Observable, of } from 'rxjs';
import * as t from 'typebox';
import {
  type AcknowledgedRun,
  type DataOf,
  defineThing,
  type EventsOf,
  type Exposure,
  expose,
  type Implementation,
  type InputOf,
  nullable,
  type OutputOf,
  type ProgressOf,
  type PropertiesOf,
  type Run,
  type RunOf,
  state,
  type ValueOf,
} from '../src/index.js';

/** Only true where both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

const holds = <T extends true>(..._proof: T[]): void => undefined;

const Lamp = defineThing({
  title: 'Lamp',
  properties: {
    on: { schema: t.Boolean() },
    colour: { schema: t.Enum(['red', 'blue']), readOnly: true },
    pin: { schema: t.String(), writeOnly: true },
    note: { schema: nullable(t.String()), readOnly: true },
  },
  actions: {
    fade: { input: t.Object({ to: t.Number() }), output: t.Integer(), progress: t.Object({ at: t.Number() }) },
    blink: {},
    dial: { progress: t.Integer(), acknowledged: true },
  },
  events: { burntOut: { data: t.Object({ hours: t.Integer() }) }, knocked: {} },
});

type Properties = PropertiesOf<typeof Lamp>;
type Fade = (typeof Lamp)['actions']['fade'];
type Blink = (typeof Lamp)['actions']['blink'];
type Dial = (typeof Lamp)['actions']['dial'];

/** Never run: it only has to compile, or not to. */
function refusedByTheCompiler(): Exposure[] {
  const on = state(true);
  const properties = { on, colour: of('red' as const), pin: { write: () => undefined }, note: of(null) };
  const actions = { fade: () => 1, blink: () => undefined, dial: () => undefined };
  const events = { burntOut: of({ hours: 1 }), knocked: NEVER };

  // @ts-expect-error a property that the Model lacks cannot be read
  type Missing = ValueOf<Properties['watts']>;
  holds<Same<Missing, unknown>>();

  return [
    // @ts-expect-error an affordance without code
    expose(Lamp, () => ({ properties: { on, colour: of('red' as const), note: of(null) }, actions, events })),
    // @ts-expect-error a kind of affordance without code
    expose(Lamp, () => ({ properties, actions })),
    // @ts-expect-error the wrong type of a value
    expose(Lamp, () => ({ properties: { ...properties, on: state(1) }, actions, events })),
    // @ts-expect-error a value that is not in the enumeration
    expose(Lamp, () => ({ properties: { ...properties, colour: of('green' as const) }, actions, events })),
    // @ts-expect-error a writable property needs to be written
    expose(Lamp, () => ({ properties: { ...properties, on: of(true) }, actions, events })),
    // @ts-expect-error a writable property needs to be read
    expose(Lamp, () => ({ properties: { ...properties, on: { write: () => undefined } }, actions, events })),
    // @ts-expect-error a write-only property needs to be written
    expose(Lamp, () => ({ properties: { ...properties, pin: of('1') }, actions, events })),
    // @ts-expect-error the wrong type of an output
    expose(Lamp, () => ({ properties, actions: { ...actions, fade: () => 'bright' }, events })),
    // @ts-expect-error an output that is missing
    expose(Lamp, () => ({ properties, actions: { ...actions, fade: () => undefined }, events })),
    // @ts-expect-error the wrong type of an event's data
    expose(Lamp, () => ({ properties, actions, events: { ...events, burntOut: of({ hours: 'many' }) } })),
    expose(Lamp, () => ({
      properties,
      events,
      actions: {
        // @ts-expect-error only an action that is declared so is acknowledged
        blink: (_input, { acknowledge }) => acknowledge(),
        dial: () => undefined,
        fade: ({ to }, { progress }) => {
          progress({ at: to });
          // @ts-expect-error the wrong type of progress
          progress({ at: 'half' });
          // @ts-expect-error a member that the input lacks
          return { to }.speed;
        },
      },
    })),
  ];
}

/** Never run: it has to compile. */
function acceptedByTheCompiler(): Exposure[] {
  const on = state(true);
  const properties = { on, colour: of('red' as const), pin: { write: async () => undefined }, note: of(null, 'x') };
  const events = { burntOut: of({ hours: 1 }), knocked: of(undefined) };
  const actions = {
    fade: async () => 1,
    blink: async () => undefined,
    dial: (_input: void, { acknowledge }: RunOf<Dial>) => acknowledge(),
  };
  return [
    expose(Lamp, () => ({ properties, actions, events })),
    expose(Lamp, () => ({
      properties: {
        ...properties,
        colour: { read: async () => 'blue' as const },
        on: { read: () => true, write: on.write },
      },
      actions: { ...actions, fade: { run: ({ to }) => to, accept: ({ to }) => void to, concurrency: 1 } },
      events,
    })),
    expose(defineThing({ title: 'Empty' }), () => ({})),
  ];
}

describe('The types of a Model', () => {
  it('come from its schemas', () => {
    holds<Same<ValueOf<Properties['on']>, boolean>>();
    holds<Same<ValueOf<Properties['colour']>, 'red' | 'blue'>>();
    holds<Same<ValueOf<Properties['note']>, string | null>>();
    holds<Same<InputOf<Fade>, { to: number }>>();
    holds<Same<OutputOf<Fade>, number>>();
    holds<Same<ProgressOf<Fade>, { at: number }>>();
    holds<Same<DataOf<EventsOf<typeof Lamp>['burntOut']>, { hours: number }>>();
  });

  it('are void where it declares nothing', () => {
    holds<Same<InputOf<Blink>, void>>();
    holds<Same<OutputOf<Blink>, void>>();
    holds<Same<ProgressOf<Blink>, unknown>>();
    holds<Same<DataOf<EventsOf<typeof Lamp>['knocked']>, void>>();
  });

  it('are those of its handlers', () => {
    type Handlers = Implementation<typeof Lamp>;
    type FadeHandler = Extract<Handlers['actions']['fade'], (...given: never[]) => unknown>;
    holds<Same<Parameters<FadeHandler>, [input: { to: number }, run: Run<{ at: number }>]>>();
    holds<Same<RunOf<Blink>, Run<unknown>>>();
    holds<Same<RunOf<Dial>, AcknowledgedRun<number>>>();
    holds<Same<Handlers['events']['burntOut'], Observable<{ hours: number }>>>();
  });

  it('refuse and accept programs at compile time', () => {
    expect([refusedByTheCompiler, acceptedByTheCompiler]).to.have.lengthOf(2);
  });
});
