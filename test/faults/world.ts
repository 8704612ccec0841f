import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from '@thingwright/line-cuts';
import { Administration } from './administration.js';
import type { Follower } from './follower.js';
import { GatewayProcess } from './gateway-process.js';
import { ask } from './gateway-requests.js';
import type { ReaderCounts, ScenarioOptions } from './scenario.js';
import { Station } from './station.js';
import { Tally } from './tally.js';

/** Milliseconds that everybody has to come back in, and to have everything. */
const PATIENCE = 30_000;

/** What a world is made of. */
export interface WorldOptions extends ScenarioOptions {
  /** Distinguishes its files. */
  readonly name: string;
  /** A PostgreSQL; absent: SQLite. */
  readonly databaseUrl?: string;
  /** Where data are; default: in the folder of the run. */
  readonly data?: string;
  readonly stations?: number;
  /** Readers of each kind of each station. */
  readonly followers?: number;
  /** Milliseconds between two frames of a device. */
  readonly period?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly preload?: string;
}

/** A gateway with devices, readers, writers and an administrator. */
export class World implements AsyncDisposable {
  readonly gateway: GatewayProcess;
  readonly stations: readonly Station[];
  readonly tally: Tally;
  readonly token: string;
  readonly random: () => number;
  readonly #administration: Administration;
  #stopped = false;
  #load: Promise<unknown> | undefined;

  static async open(options: WorldOptions): Promise<World> {
    const { name, folder, secrets, seed, databaseUrl, stations = 4, followers = 1, period = 50 } = options;
    const tally = new Tally();
    const token = secrets.plant('admin token', `admin-${name}-${seed.toString(36)}-of-nobody-else`);
    const pepper = secrets.plant('pepper', `pepper-${name}-${seed.toString(36)}-of-nobody-else`);
    const gateway = await GatewayProcess.open({
      data: options.data ?? join(folder, `${name}-data`),
      logFile: join(folder, `${name}.log`),
      environment: {
        ...options.environment,
        THINGWRIGHT_ADMIN_TOKEN: token,
        THINGWRIGHT_SECRET: pepper,
        ...(databaseUrl === undefined ? {} : { THINGWRIGHT_DATABASE_URL: databaseUrl }),
      },
      ...(options.args ? { args: options.args } : {}),
      ...(options.preload === undefined ? {} : { preload: options.preload }),
    });
    const { url } = gateway;
    const opened = await Promise.all(
      Array.from({ length: stations }, async (_, number) => {
        const device = `station-${number}`;
        const { body } = await ask(`${url}/things/gateway/actions/provisionDevice`, {
          method: 'POST',
          authorization: `Bearer ${token}`,
          body: { kind: 'telemetry', name: device },
        });
        const deviceToken = secrets.plant('device secret', String(body.token));
        const transport = number % 2 === 0 ? 'websocket' : 'http';
        return Station.open({ url, name: device, token, transport, deviceToken, tally, followers, period });
      }),
    );
    const world = new World({ gateway, stations: opened, tally, token, options });
    await world.everybodyIsThere();
    return world;
  }

  private constructor({
    gateway,
    stations,
    tally,
    token,
    options: { seed, secrets },
  }: Pick<World, 'gateway' | 'stations' | 'tally' | 'token'> & { readonly options: WorldOptions }) {
    this.gateway = gateway;
    this.stations = stations;
    this.tally = tally;
    this.token = token;
    this.random = createRandom(seed, 0);
    this.#administration = new Administration({ url: gateway.url, token, tally, secrets, random: this.random });
  }

  get followers(): readonly Follower[] {
    return this.stations.flatMap(({ followers }) => followers);
  }

  /** Begins to write, to invoke and to administer. */
  begin(): void {
    this.#stopped = false;
    const again = async (work: () => Promise<unknown>, milliseconds: number): Promise<void> => {
      while (!this.#stopped) {
        await work();
        await pause(milliseconds);
      }
    };
    this.#load = Promise.all([
      ...this.stations.flatMap((station) => [
        again(() => this.#writeTo(station), 10),
        again(() => station.invoke(() => this.#stopped), 600),
      ]),
      again(() => this.#administration.work(), 30),
    ]);
  }

  /** What was taken of all Things before a write is sent is kept when it is answered. */
  async #writeTo(station: Station): Promise<void> {
    const marks = this.stations.map((one) => one.mark());
    if (!(await station.write())) return;
    for (const [number, mark] of marks.entries()) this.stations[number]?.promise(mark);
  }

  /** Ends that; resolves when all that was under way is answered or cut. */
  async rest(): Promise<void> {
    this.#stopped = true;
    await this.#load;
    this.#load = undefined;
  }

  /** Kills the gateway while all that goes on, and starts it again. */
  async killAndStart(): Promise<void> {
    await this.gateway.kill();
    await this.rest();
    for (const station of this.stations) station.wasKilled();
    await this.gateway.start();
  }

  /** Looks for all that was promised since this was done last. */
  async look(): Promise<void> {
    for (const station of this.stations) await station.look();
    await this.#administration.look();
  }

  /** Waits until all devices are dialled in and all readers read; tells if they are not. */
  async everybodyIsThere(): Promise<number> {
    const begun = performance.now();
    while (!this.stations.every(({ isThere }) => isThere)) {
      if (performance.now() - begun > PATIENCE) {
        const missing = this.followers.filter(({ isOpen }) => !isOpen).map(({ name }) => name);
        this.tally.violate(`not everybody came back: ${missing.join(', ') || 'a device'}`);
        break;
      }
      await pause(20);
    }
    return performance.now() - begun;
  }

  /** Lets the devices fall silent and the readers catch up; then compares what each was told with what there was. */
  async compareReaders(): Promise<ReaderCounts> {
    for (const { device } of this.stations) device.quiet();
    const sum: ReaderCounts = { readers: 0, notifications: 0, gaps: 0, missed: 0, duplicates: 0, lost: 0 };
    for (const station of this.stations) {
      const truth = await this.#settledHistory(station);
      const limit = performance.now() + PATIENCE;
      const last = truth.at(-1) ?? 0;
      while (performance.now() < limit && station.followers.some((follower) => (follower.last ?? 0) < last))
        await pause(50);
      for (const follower of station.followers) {
        const { notifications, gaps, missed, duplicates, lost } = follower.compare(truth);
        if (duplicates > 0) this.tally.violate(`${follower.name}: ${duplicates} came twice or out of order`);
        if (lost > 0) this.tally.violate(`${follower.name}: ${lost} lost without a word`);
        sum.readers++;
        sum.notifications += notifications;
        sum.gaps += gaps;
        sum.missed += missed;
        sum.duplicates += duplicates;
        sum.lost += lost;
      }
    }
    return sum;
  }

  /** The history when nothing is on its way into it any more. */
  async #settledHistory(station: Station): Promise<readonly number[]> {
    let before = -1;
    for (;;) {
      const history = await station.history();
      if (history.length === before) return history;
      before = history.length;
      await pause(300);
    }
  }

  /** By reason, how many writes and invocations were refused or cut. */
  get failures(): Readonly<Record<string, number>> {
    const sum: Record<string, number> = {};
    for (const { failures } of this.stations) {
      for (const [reason, count] of failures) sum[reason] = (sum[reason] ?? 0) + count;
    }
    return sum;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#load;
    await Promise.all(this.stations.map((station) => station[Symbol.asyncDispose]()));
    await this.gateway[Symbol.asyncDispose]();
  }
}
