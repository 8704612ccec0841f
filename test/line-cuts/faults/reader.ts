import { type ConnectionState, type ConsumedThing, consume } from '@thingwright/client';
import { ThingError } from '@thingwright/core';
import { type Observable, Subscription } from 'rxjs';
import { AffordanceLedger, addCounts } from './affordance-ledger.js';
import type { Group } from './group.js';
import type { GroupReport } from './messages.js';
import type { PromiseWatch } from './promise-watch.js';
import { type Finals, Station } from './station.js';

/** Milliseconds. */
const REQUEST_TIMEOUT = 5000;
/** What a busy machine may add to a timeout before a promise counts as hanging (milliseconds). */
const GRACE = 4000;
/** An invocation may have to wait until a line is found to be dead, which takes 100 s (milliseconds). */
const WORK_TIME = 150_000;
/** Quicker than by default, so that there is more to cut (milliseconds). */
const BACK_OFF = { minimum: 100, maximum: 2000 };

/** How a reader is opened. */
export interface ReaderOptions {
  readonly group: Group;
  readonly station: string;
  readonly port: number;
  readonly promises: PromiseWatch;
}

/** One consumer with a client of its own, which checks all that it is told. */
export class Reader implements AsyncDisposable {
  readonly station: string;
  readonly group: Group;
  readonly #promises: PromiseWatch;
  readonly #thing: ConsumedThing<typeof Station>;
  readonly #subscriptions = new Subscription();
  readonly #property = new AffordanceLedger();
  readonly #event = new AffordanceLedger();
  readonly #reconnections: number[] = [];
  #state: ConnectionState['state'] = 'connecting';
  /** When it noticed that its line was gone. */
  #brokeAt: number | undefined;
  /** Whether the subscription to the property, and to the event, has begun. */
  readonly #begun = new Set<string>();
  #cuts = 0;
  #gapsTold = 0;
  #gapsMet = 0;
  #stale = 0;
  #broken = 0;
  /** The value that the property gave last. */
  #present: number | undefined;
  #asked = 0;

  /** Consumes a station; resolves once it is connected. */
  static async open({ group, station, port, promises }: ReaderOptions): Promise<Reader> {
    const thing = await consume(Station, `http://127.0.0.1:${port}/things/${station}`, {
      transport: group.transport,
      requestTimeout: REQUEST_TIMEOUT,
      backOff: BACK_OFF,
    });
    return new Reader(thing, { group, station, promises });
  }

  constructor(
    thing: ConsumedThing<typeof Station>,
    { group, station, promises }: Pick<ReaderOptions, 'group' | 'station' | 'promises'>,
  ) {
    this.#thing = thing;
    this.group = group;
    this.station = station;
    this.#promises = promises;
    const broken = (): void => {
      this.#broken++;
    };
    const observe = (ledger: AffordanceLedger, operation: Parameters<typeof thing.observe>[0]): void => {
      const notifications = thing.observe(operation, (opening) => {
        this.#begun.add(operation.op);
        if (opening === 'gap') {
          this.#gapsMet++;
          ledger.gap();
        }
        if (operation.op === 'subscribeevent') this.#isBack();
      });
      const next = ({ value, conflated }: { readonly value: unknown; readonly conflated?: number | undefined }) =>
        ledger.take(numberIn(value), conflated);
      this.#subscriptions.add(notifications.subscribe({ next, error: broken, complete: broken }));
    };
    this.#subscriptions.add(
      thing.gaps.subscribe(() => {
        this.#gapsTold++;
      }),
    );
    this.#subscriptions.add(thing.connection.subscribe((state) => this.#stands(state)));
    observe(this.#property, { op: 'observeproperty', name: group.property });
    observe(this.#event, { op: 'subscribeevent', name: 'tick' });
    const { count, picture } = thing.properties;
    const values: Observable<unknown> = group.property === 'count' ? count : picture;
    const next = (value: unknown): void => {
      const present = numberIn(value);
      if (this.#present !== undefined && present < this.#present) this.#stale++;
      this.#present = present;
    };
    this.#subscriptions.add(values.subscribe({ next, error: broken, complete: broken }));
  }

  get isConnected(): boolean {
    return this.#state === 'open' && this.#brokeAt === undefined && this.#begun.size === 2;
  }

  /** Makes one request of each kind that it makes. */
  ask(): void {
    const { property, works } = this.group;
    const limit = REQUEST_TIMEOUT + GRACE;
    const text = `${this.station} ${++this.#asked}`;
    const { actions } = this.#thing;
    const reading = this.#thing.request({ op: 'readproperty', name: property });
    this.#promises.watch(reading, limit, ({ value }) => Number.isInteger(numberIn(value)));
    this.#promises.watch(actions.echo({ text }).output, limit, (output) => output === text);
    if (!works) return;
    const { output } = actions.work({ text, milliseconds: 50 * (this.#asked % 20) });
    this.#promises.watch(output, WORK_TIME, (done) => done === text);
  }

  /** Whether it has the last number of everything. */
  hasAll(finals: Finals): boolean {
    const last = finals[this.group.property];
    return this.#property.last === last && this.#present === last && this.#event.last === finals.tick;
  }

  /** Tells what came of it; nothing more will come. */
  report(finals: Finals): GroupReport {
    if (!this.hasAll(finals)) this.#broken++;
    this.#property.close(finals[this.group.property]);
    this.#event.close(finals.tick);
    const both = addCounts(this.#property.counts, this.#event.counts);
    return {
      group: this.group.name,
      readers: 1,
      cuts: this.#cuts,
      ...both,
      untoldGaps: Math.max(0, this.#gapsMet - this.#gapsTold),
      stale: this.#stale,
      broken: this.#broken,
      reconnections: this.#reconnections,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscriptions.unsubscribe();
    await this.#thing.close();
  }

  #stands({ state, transport }: ConnectionState): void {
    if (state === 'waiting' && this.#state === 'open') {
      this.#cuts++;
      this.#brokeAt ??= performance.now();
    }
    // Over HTTP every stream has a line of its own; it is back when they all are.
    if (state === 'open' && transport === 'http') this.#isBack();
    if (state === 'open' || state === 'waiting' || state === 'closed') this.#state = state;
  }

  #isBack(): void {
    if (this.#brokeAt === undefined) return;
    this.#reconnections.push(performance.now() - this.#brokeAt);
    this.#brokeAt = undefined;
  }
}

/** The code of a ThingError, the name of any other error. */
export function reasonOf(error: unknown): string {
  if (error instanceof ThingError) return error.code;
  return error instanceof Error ? error.name : typeof error;
}

/** The number of a value: itself, or the member `count`. */
function numberIn(value: unknown): number {
  if (typeof value === 'number') return value;
  const isCounted = typeof value === 'object' && value !== null && 'count' in value;
  return isCounted && typeof value.count === 'number' ? value.count : Number.NaN;
}
