import { defineThing, type Exposure, expose, type State, state } from '@thingwright/core';
import { Subject } from 'rxjs';
import * as t from 'typebox';

/** What every reader of the run reads: values and events that count up, and a picture that counts up and is large. */
export const Station = defineThing({
  title: 'Station',
  properties: {
    count: { schema: t.Integer(), readOnly: true },
    picture: { schema: t.Object({ count: t.Integer(), pixels: t.String() }), readOnly: true },
  },
  actions: {
    echo: { synchronous: true, input: t.Object({ text: t.String() }), output: t.String() },
    work: { input: t.Object({ text: t.String(), milliseconds: t.Integer() }), output: t.String() },
  },
  events: { tick: { data: t.Integer() } },
});

/** How fast a station changes, in milliseconds between two changes. */
export interface Pace {
  readonly count: number;
  readonly tick: number;
  /** 0: it has no picture that changes. */
  readonly picture: number;
}

/** Characters of a picture. */
const PIXELS = 'x'.repeat(524_288);
/** How many of the changes come in threes, within one pass of the event loop. */
const BURST_EVERY = 10;

/** A station that is running. */
export interface RunningStation {
  readonly exposure: Exposure;
  /** Ends all changes; gives the last number of each affordance. */
  stop(): Finals;
}

/** The last number of each affordance of a station. */
export interface Finals {
  readonly count: number;
  readonly tick: number;
  readonly picture: number;
}

/** Makes a station, and has it change until it is stopped. */
export function runStation(pace: Pace): RunningStation {
  const count = state(0);
  const picture = state({ count: 0, pixels: PIXELS });
  const ticks = new Subject<number>();
  let tick = 0;

  const next = (counter: State<number>): void => counter.set((counter.get() ?? 0) + 1);
  const inBursts = (change: () => void): (() => void) => {
    let turns = 0;
    return () => {
      const changes = ++turns % BURST_EVERY === 0 ? 3 : 1;
      for (let i = 0; i < changes; i++) change();
    };
  };
  const timers = [
    setInterval(
      inBursts(() => next(count)),
      pace.count,
    ),
    setInterval(
      inBursts(() => ticks.next(++tick)),
      pace.tick,
    ),
  ];
  if (pace.picture > 0) {
    const shoot = (): void => picture.set({ count: (picture.get()?.count ?? 0) + 1, pixels: PIXELS });
    timers.push(setInterval(shoot, pace.picture));
  }

  return {
    exposure: expose(Station, () => ({
      properties: { count: count.value, picture: picture.value },
      actions: {
        echo: ({ text }) => text,
        work: ({ text, milliseconds }) => new Promise((resolve) => setTimeout(() => resolve(text), milliseconds)),
      },
      events: { tick: ticks },
    })),
    stop() {
      for (const timer of timers) clearInterval(timer);
      return { count: count.get() ?? 0, tick, picture: picture.get()?.count ?? 0 };
    },
  };
}
