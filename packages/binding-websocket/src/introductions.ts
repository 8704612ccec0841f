import { ACTION_STATUS, type Answer, type Context, type Thing } from '@thingwright/core';
import { encodeConnected, encodePropertyStatus, encodeThingChange } from '@thingwright/web-thing-protocol/legacy';
import type { Line } from './conversation.js';
import { actionsWithStates, namesCovered } from './coverage.js';
import type { ConnectionLimits } from './limits.js';
import type { Subscriptions } from './subscriptions.js';

/** Things that are introduced in one pass of the event loop. */
const IN_ONE_PASS = 20;

/** What introductions need around them. */
export interface IntroductionsHost {
  readonly line: Line;
  readonly subscriptions: Subscriptions;
  readonly context: Context;
  readonly limits: ConnectionLimits;
  isVisible(thing: Thing): boolean;
}

/**
 * What a WebThings client is told unasked of each Thing: that it is there, the values of its properties, and from then on
 * their changes and the states of its runs. However many Things there are, a reader gets them only as fast as it reads, and
 * they hold up nobody else.
 */
export class Introductions {
  readonly #host: IntroductionsHost;
  /** Those to come, and whether each is new here. */
  readonly #waiting = new Map<Thing, boolean>();
  /** By name. */
  readonly #known = new Map<string, Thing>();
  /** Initial values that are being read. */
  reading = 0;
  #isScheduled = false;

  constructor(host: IntroductionsHost) {
    this.#host = host;
  }

  /** Puts a Thing in line. */
  add(thing: Thing, isNew: boolean): void {
    this.#waiting.set(thing, isNew);
  }

  /** Introduces those in line, as many as may be for now. */
  proceed(): void {
    let left = IN_ONE_PASS;
    for (const thing of this.#waiting.keys()) {
      if (this.#hasToWait) return;
      if (left-- === 0) {
        this.#proceedLater();
        return;
      }
      this.introduce(thing);
    }
  }

  get #hasToWait(): boolean {
    const { line, limits } = this.#host;
    return line.isOver || line.outbox.congested || this.reading >= limits.requestsInFlight;
  }

  #proceedLater(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.proceed();
    });
  }

  /** Introduces a Thing at once if it is still in line. */
  introduce(thing: Thing): void {
    const isNew = this.#waiting.get(thing);
    if (isNew === undefined || !this.#waiting.delete(thing) || !this.#host.isVisible(thing)) return;
    const { line, subscriptions } = this.#host;
    const { name, model } = thing;
    // One of its name is still being closed: it goes before this one comes.
    if (this.#known.has(name)) line.send(encodeThingChange(name, 'removed'));
    this.#known.set(name, thing);
    if (isNew) line.send(encodeThingChange(name, 'added'));
    line.send(encodeConnected(name, true));
    // First, so that no change is lost between a value and what follows it.
    subscriptions.open(thing, 'property', { names: this.#observed(thing), tail: '' });
    subscriptions.open(thing, 'action', { names: this.#reported(thing), tail: '' });
    for (const property of Object.keys(model.properties ?? {})) this.#tell(thing, property);
  }

  #observed(thing: Thing): readonly string[] {
    return this.#ifAllowed(() => namesCovered(thing, { op: 'observeallproperties' }, this.#host.context));
  }

  #reported(thing: Thing): readonly string[] {
    return this.#ifAllowed(() => {
      namesCovered(thing, { op: 'subscribeevent', name: ACTION_STATUS }, this.#host.context);
      return actionsWithStates(thing);
    });
  }

  /** What the caller has no right to, it is not told unasked. */
  #ifAllowed(names: () => readonly string[]): readonly string[] {
    try {
      return names();
    } catch {
      return [];
    }
  }

  /** Tells a property's value; one that cannot be read, or has none, is left out. */
  #tell(thing: Thing, property: string): void {
    try {
      const answer = thing.request({ op: 'readproperty', name: property }, this.#host.context);
      if (answer instanceof Promise) void this.#tellLater(thing, property, answer);
      else this.#tellValue(thing, property, answer);
    } catch {
      // Write-only, not for this caller, or without a value.
    }
  }

  async #tellLater(thing: Thing, property: string, answer: Promise<Answer>): Promise<void> {
    this.reading++;
    try {
      this.#tellValue(thing, property, await answer);
    } catch {
      // As above.
    }
    this.reading--;
    this.#host.line.answered();
    this.proceed();
  }

  /** A change that was told meanwhile is newer than what was read. */
  #tellValue(thing: Thing, property: string, { value }: Answer): void {
    const { line, subscriptions } = this.#host;
    const isLate =
      line.isOver || this.#known.get(thing.name) !== thing || subscriptions.hasHeard(thing, 'property', property);
    if (!isLate) line.send(encodePropertyStatus({ name: property, value }, thing.name));
  }

  /** Forgets a Thing; tells whether it had been introduced, and no other one of its name since. */
  forget(thing: Thing): boolean {
    this.#waiting.delete(thing);
    return this.#known.get(thing.name) === thing && this.#known.delete(thing.name);
  }

  /** Forgets all. */
  clear(): void {
    this.#waiting.clear();
    this.#known.clear();
  }
}
