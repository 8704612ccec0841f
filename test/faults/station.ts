import { setTimeout as pause } from 'node:timers/promises';
import { type ConsumedThing, consume } from '@thingwright/client';
import { isMembers, ThingError } from '@thingwright/core';
import { Follower } from './follower.js';
import { ask, historyOf } from './gateway-requests.js';
import { NumberedDevice } from './numbered-device.js';
import type { Tally } from './tally.js';

/** The last runs of an action, refused ones included, that are looked for again; the gateway keeps the last hundred that ended. */
const REMEMBERED = 70;

/** Why something may fail while the gateway is killed, or nothing can be kept, or the device is not back yet. */
const EXPECTED: ReadonlySet<string> = new Set(['disconnected', 'unavailable', 'timeout']);

/** How a station is opened. */
export interface StationOptions {
  readonly url: string;
  readonly name: string;
  /** Over what it is written to and invoked. */
  readonly transport: 'websocket' | 'http';
  /** Of somebody who may do everything. */
  readonly token: string;
  /** Of the device. */
  readonly deviceToken: string;
  readonly tally: Tally;
  /** Readers of each kind. */
  readonly followers: number;
  /** Milliseconds between two frames of the device. */
  readonly period: number;
}

/** How an invocation stood when the gateway last said so. */
interface KnownInvocation {
  state: string;
  output: string;
  /** The process that began it is gone. */
  isOrphan: boolean;
  isCounted: boolean;
  /** How many were asked for before it. */
  readonly number: number;
}

/** One device with its readers, its writer and its invoker, and what the gateway promised them. */
export class Station implements AsyncDisposable {
  readonly device: NumberedDevice;
  readonly followers: readonly Follower[];
  readonly #options: StationOptions;
  readonly #thing: ConsumedThing;
  readonly #address: string;
  readonly #authorization: string;
  /** Writes are numbered; the value that is written is made of the number. */
  #written = 0;
  #acknowledged = 0;
  /** Numbers of writes that were acknowledged, since they were looked for last. */
  #writes: number[] = [];
  readonly #invocations = new Map<string, KnownInvocation>();
  #invoked = 0;
  /** Marks of the first follower: from where points are looked for, and until where they are promised. */
  #looked = 0;
  #promised = 0;
  /** From where on the process that runs now can promise points. */
  #begin = 0;
  /** By reason, what was refused or cut. */
  readonly failures = new Map<string, number>();

  static async open(options: StationOptions): Promise<Station> {
    const { url, name, token, transport, deviceToken, followers, period } = options;
    const thing = `${url}/things/${name}`;
    const device = new NumberedDevice({ url, name, token: deviceToken, period });
    const kinds = [
      { transport: 'websocket', affordance: 'gridPower' },
      { transport: 'websocket', affordance: 'errorRaised' },
      { transport: 'http', affordance: 'gridPower' },
      { transport: 'http', affordance: 'errorRaised' },
    ] as const;
    const wanted = Array.from({ length: followers }, () => kinds).flat();
    const opened = await Promise.all(wanted.map((kind) => Follower.open({ thing, token, ...kind })));
    const backOff = { minimum: 100, maximum: 500 };
    const consumed = await consume(thing, { token, transport, backOff, requestTimeout: 10_000 });
    return new Station(options, { device, followers: opened, thing: consumed });
  }

  private constructor(
    options: StationOptions,
    {
      device,
      followers,
      thing,
    }: { readonly device: NumberedDevice; readonly followers: readonly Follower[]; readonly thing: ConsumedThing },
  ) {
    this.#options = options;
    this.device = device;
    this.followers = followers;
    this.#thing = thing;
    this.#address = `${options.url}/things/${options.name}`;
    this.#authorization = `Bearer ${options.token}`;
  }

  /** Whether its device is dialled in and its readers read. */
  get isThere(): boolean {
    return this.device.isOpen && this.followers.every(({ isOpen }) => isOpen);
  }

  get #observer(): Follower | undefined {
    return this.followers[0];
  }

  /** Marks how much of the history is promised once a write is acknowledged that is sent after this. */
  mark(): number {
    return this.#observer?.mark ?? 0;
  }

  /** All that was taken before that mark is kept: so says an answer. */
  promise(mark: number): void {
    this.#promised = Math.max(this.#promised, mark);
  }

  /** Writes once; true if that was acknowledged. */
  async write(): Promise<boolean> {
    const number = ++this.#written;
    try {
      await this.#thing.request({ op: 'writeproperty', name: 'lowBatteryThreshold', value: thresholdOf(number) });
      this.#acknowledged = number;
      this.#writes.push(number);
      return true;
    } catch (error) {
      await this.#failed(error);
      return false;
    }
  }

  /** Invokes once, and asks until it is over. */
  async invoke(stopped: () => boolean): Promise<void> {
    const name = 'setMode';
    const number = this.#invoked++;
    try {
      const { status } = await this.#thing.request({ op: 'invokeaction', name, input: { targetMode: 'MANUAL' } });
      if (!status) throw new Error('an invocation without a status');
      const known: KnownInvocation = { state: status.state, output: '', isOrphan: false, isCounted: false, number };
      this.#invocations.set(status.actionID, known);
      while (!stopped() && (known.state === 'pending' || known.state === 'running')) {
        await pause(50);
        const answer = await this.#thing.request({ op: 'queryaction', name, actionID: status.actionID });
        known.state = answer.status?.state ?? '';
        known.output = JSON.stringify(answer.status?.output);
      }
    } catch (error) {
      await this.#failed(error);
    }
  }

  /** Counts why something was not done. */
  async #failed(error: unknown): Promise<void> {
    const reason = error instanceof ThingError ? error.code : String(error);
    if (!EXPECTED.has(reason)) this.#options.tally.violate(`'${this.#options.name}' answers ${String(error)}`);
    this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
    await pause(50);
  }

  /** The gateway is gone: what it showed and had not promised may be gone with it. */
  wasKilled(): void {
    this.#begin = this.mark();
    for (const known of this.#invocations.values()) known.isOrphan = true;
  }

  /** Looks for all that the gateway promised since this was done last. */
  async look(): Promise<void> {
    await this.#lookForWrites();
    await this.#lookForInvocations();
    await this.#lookForPoints();
  }

  async #lookForWrites(): Promise<void> {
    const { tally, name } = this.#options;
    const property = 'lowBatteryThreshold';
    const asking = { authorization: this.#authorization };
    const { status, body } = await ask(`${this.#address}/properties/${property}`, asking);
    const present = numberOf(body.value);
    const kept = await historyOf(this.#address, property, asking);
    const numbers = new Set(kept.map(numberOf));
    for (const number of this.#writes) {
      tally.looked('writes', numbers.has(number), () => `write ${number} of '${name}' is not in its history`);
    }
    this.#writes = [];
    if (this.#acknowledged > 0 && !(present >= this.#acknowledged && present <= this.#written)) {
      const expected = `${this.#acknowledged} to ${this.#written}`;
      tally.lookedAgain('writes', false, () => `'${name}' has ${present} (${status}), not ${expected}`);
    }
    const newest = numberOf(kept.at(-1));
    if (kept.length > 0 && newest !== present) {
      tally.violate(`half: '${name}' has write ${present}, and its history ends with ${newest}`);
    }
  }

  async #lookForInvocations(): Promise<void> {
    const { tally, name } = this.#options;
    for (const [actionID, known] of this.#invocations) {
      if (known.number < this.#invoked - REMEMBERED) this.#invocations.delete(actionID);
    }
    for (const [actionID, known] of this.#invocations) {
      const { status, body } = await ask(`${this.#address}/actions/setMode/${actionID}`, {
        authorization: this.#authorization,
      });
      const state = typeof body.status === 'string' ? body.status : String(body.state ?? status);
      const isOver = state === 'completed' || state === 'failed';
      const mayGoOn = !known.isOrphan && (state === 'pending' || state === 'running');
      const output = JSON.stringify(body.output);
      const wasOver = known.state === 'completed' || known.state === 'failed';
      const isFound = wasOver ? state === known.state && output === known.output : isOver || mayGoOn;
      const what = () => `${actionID} of '${name}' was ${known.state} ${known.output}, and is ${state} ${output}`;
      if (known.isCounted) tally.lookedAgain('invocations', isFound, what);
      else tally.looked('invocations', isFound, what);
      known.isCounted = true;
      if (state === 'failed' && !isMembers(body.error))
        tally.violate(`${actionID} of '${name}' failed without a reason`);
      known.state = state;
      known.output = output;
    }
  }

  async #lookForPoints(): Promise<void> {
    const { tally, name } = this.#options;
    const kept = new Set(await this.history());
    for (const number of this.#observer?.numbersBetween(this.#looked, this.#promised) ?? []) {
      tally.looked('points', kept.has(number), () => `frame ${number} of '${name}' is not in its history`);
    }
    this.#looked = Math.max(this.#begin, this.#promised);
  }

  /** The numbers of all frames that the gateway keeps. */
  async history(): Promise<readonly number[]> {
    const values = await historyOf(this.#address, 'gridPower', { authorization: this.#authorization });
    return values.map((value) => (typeof value === 'number' ? value : Number.NaN));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.followers, this.#thing, this.device].map((part) => part[Symbol.asyncDispose]()));
  }
}

/** Percent; exact in both directions. */
const thresholdOf = (number: number): number => number / 10_000;

const numberOf = (value: unknown): number => (typeof value === 'number' ? Math.round(value * 10_000) : Number.NaN);
