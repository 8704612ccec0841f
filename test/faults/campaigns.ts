import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isMembers } from '@thingwright/core';
import { createRandom } from '@thingwright/line-cuts';
import { CampaignWatch } from './campaign-watch.js';
import { GatewayProcess } from './gateway-process.js';
import { ask } from './gateway-requests.js';
import { reportOf, type Scenario, type ScenarioOptions } from './scenario.js';
import { Tally } from './tally.js';
import { Upgradables } from './upgradables.js';

/** Devices, the processes that they are in, and how many are upgraded at once. */
const FLEET = { devices: 16, processes: 4, concurrency: 6 } as const;
/** Bytes of an image. */
const SIZE = 2_000_000;
/** Milliseconds from a start of the gateway to its end, at least and at most. */
const LOAD = { least: 100, most: 2500 };
/** Milliseconds between two looks. */
const LOOK = 150;
/** Milliseconds by which the clock of the gateway is ahead after most starts, so that leases and pauses are over. */
const AHEAD = 120_000;
/** How often it is so, how often something is cancelled, and how often devices are killed with the gateway. */
const CHANCE = { ahead: 0.75, cancel: 0.5, devices: 0.25 } as const;
/** Milliseconds for which a gateway goes on that is not killed any more, and how often it is started then. */
const REST = { milliseconds: 10_000, starts: 12 } as const;
const HARDWARE = [{ key: 'model-x.bin', label: 'Model X', boards: ['Model X'] }];
const API = 'api/v1/firmware-upgrader';

/** Kills a gateway, and devices, in the middle of campaigns, and counts how often each device was flashed. */
export const campaigns: Scenario = async (options) => {
  const { short, tell, kills: wanted = short ? 6 : 50 } = options;
  await using lab = await CampaignLab.open(options);
  const phases = new Map<string, number>();
  const moments = new Map<string, number>();
  let kills = 0;
  let campaign = 0;
  while (kills < wanted) {
    const watch = await lab.begin(`${++campaign}.0`);
    for (let rests = 0; !watch.hasEnded && rests < REST.starts; ) {
      if (kills >= wanted) rests++;
      await lab.work(watch, kills < wanted ? LOAD.least + lab.random() * (LOAD.most - LOAD.least) : REST.milliseconds);
      if (watch.hasEnded) break;
      for (const phase of watch.phases) count(moments, phase);
      await lab.killAndStart();
      if (rests === 0) kills++;
      await watch.look();
    }
    for (const phase of await lab.compare(watch)) count(phases, phase);
    tell(`campaigns: ${campaign}, ${kills} of ${wanted} kills`);
  }
  const { tally, gateway, devices } = lab;
  const figures = [
    `${campaign} campaigns of ${FLEET.devices} devices; ${devices.kills} kills of a quarter of the devices beside those of the gateway`,
    `upgrades by what came of them: ${wordsOf(phases)}`,
    `upgrades that went on at a kill, by their phase shortly before: ${wordsOf(moments)}`,
  ];
  const readers = { readers: 0, notifications: 0, gaps: 0, missed: 0, duplicates: 0, lost: 0 };
  return [reportOf({ scenario: 'campaigns', runs: kills, figures }, { tally, readers, starts: gateway.starts })];
};

const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
const wordsOf = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([key, many]) => `${many} ${key}`).join(', ');

/** A gateway over SQLite with devices to upgrade. */
class CampaignLab implements AsyncDisposable {
  readonly gateway: GatewayProcess;
  readonly devices: Upgradables;
  readonly tally = new Tally();
  readonly random: () => number;
  readonly #token: string;
  readonly #clock: string;
  /** The name of each device by its id. */
  readonly #names: ReadonlyMap<string, string>;
  #category: string | undefined;
  #ahead = 0;
  #devicesReturn: Promise<void> | undefined;

  static async open({ folder, secrets, seed }: ScenarioOptions): Promise<CampaignLab> {
    const token = secrets.plant('admin token', `admin-campaigns-${seed.toString(36)}-of-nobody-else`);
    const pepper = secrets.plant('pepper', `pepper-campaigns-${seed.toString(36)}-of-nobody-else`);
    const [hardware, clock] = [join(folder, 'hardware.json'), join(folder, 'campaigns-clock')];
    await writeFile(hardware, JSON.stringify(HARDWARE));
    const gateway = await GatewayProcess.open({
      data: join(folder, 'campaigns-data'),
      logFile: join(folder, 'campaigns.log'),
      environment: { THINGWRIGHT_ADMIN_TOKEN: token, THINGWRIGHT_SECRET: pepper, FAULTS_CLOCK: clock },
      args: ['--hardware', hardware, '--upgrade-concurrency', String(FLEET.concurrency)],
      preload: new URL('shifted-clock.js', import.meta.url).href,
    });
    const { url } = gateway;
    const authorization = `Bearer ${token}`;
    const names = new Map<string, string>();
    const parts = Array.from({ length: FLEET.processes }, (_, number) => ({
      url,
      folder: join(folder, 'campaigns-devices'),
      devices: Array.of<{ readonly name: string; readonly token: string }>(),
      seed: seed + number * 1000,
    }));
    for (let number = 0; number < FLEET.devices; number++) {
      const name = `router-${number}`;
      const { body } = await ask(`${url}/things/gateway/actions/provisionDevice`, {
        method: 'POST',
        authorization,
        body: { kind: 'upgradable', name },
      });
      const device = { name, token: secrets.plant('device secret', String(body.token)) };
      parts[number % FLEET.processes]?.devices.push(device);
      const { body: thing } = await ask(`${url}/things/${name}`, { authorization });
      names.set(String(thing.id).replace('urn:uuid:', ''), name);
    }
    const devices = await Upgradables.open(parts);
    return new CampaignLab({ gateway, devices, token, clock, names, random: createRandom(seed, 0) });
  }

  private constructor(parts: {
    readonly gateway: GatewayProcess;
    readonly devices: Upgradables;
    readonly token: string;
    readonly clock: string;
    readonly names: ReadonlyMap<string, string>;
    readonly random: () => number;
  }) {
    this.gateway = parts.gateway;
    this.devices = parts.devices;
    this.random = parts.random;
    this.#token = parts.token;
    this.#clock = parts.clock;
    this.#names = parts.names;
  }

  /** Makes a build of that version, and a campaign that brings it to all devices: over REST, or by the Things, in turn. */
  async begin(version: string): Promise<CampaignWatch> {
    await this.#everybodyIsThere();
    this.#category ??= String((await this.#post(`${API}/category/`, { name: 'Routers', organization: 'default' })).id);
    const build = String((await this.#post(`${API}/build/`, { category: this.#category, version })).id);
    const form = new FormData();
    form.set('type', HARDWARE[0]?.key ?? '');
    form.set('file', new Blob([randomBytes(SIZE)]), 'a-model-x.bin');
    await this.#post(`${API}/build/${build}/image/`, form);
    const id = Number(version) % 2 === 1 ? await this.#overREST(build) : await this.#byThings(build);
    const { gateway, tally, random } = this;
    return new CampaignWatch({
      url: gateway.url,
      token: this.#token,
      id,
      version,
      total: FLEET.devices,
      tally,
      random,
    });
  }

  async #overREST(build: string): Promise<string> {
    return String((await this.#post(`${API}/build/${build}/upgrade/`, { upgrade_all: true })).batch);
  }

  async #byThings(build: string): Promise<string> {
    const answer = await this.#post('things/campaigns/actions/createCampaign', { build, firmwareless: true });
    const { campaign, name } = isMembers(answer.output) ? answer.output : answer;
    await this.#post(`things/${String(name)}/actions/start`);
    return String(campaign);
  }

  /** Follows a campaign for a while, and cancels something now and then; until it ends, if that is earlier. */
  async work(watch: CampaignWatch, milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    const cancelAt = this.random() < CHANCE.cancel ? end - this.random() * milliseconds : end;
    let isCancelled = false;
    for (let now = performance.now(); now < end && !watch.hasEnded; now = performance.now()) {
      if (now >= cancelAt && !isCancelled) {
        isCancelled = true;
        await watch.cancelOne();
      } else await watch.look();
      await pause(Math.min(LOOK, Math.max(0, end - performance.now())));
    }
  }

  /** Kills the gateway, and some devices now and then, and starts it again. */
  async killAndStart(): Promise<void> {
    await this.gateway.kill();
    await this.#devicesReturn;
    if (this.random() < CHANCE.devices) {
      const chosen = Math.floor(this.random() * FLEET.processes);
      this.#devicesReturn = this.devices.killAndStart(chosen, this.random() * LOAD.most);
    }
    if (this.random() < CHANCE.ahead) this.#ahead += AHEAD;
    await writeFile(this.#clock, String(this.#ahead));
    await this.gateway.start();
  }

  /** Compares what is kept of a campaign with what the devices did. */
  async compare(watch: CampaignWatch): Promise<readonly string[]> {
    await this.#devicesReturn;
    return watch.compare(this.devices, (id) => this.#names.get(id) ?? id);
  }

  async #everybodyIsThere(): Promise<void> {
    await this.#devicesReturn;
    const limit = performance.now() + REST.milliseconds;
    for (const name of this.#names.values()) {
      for (;;) {
        const url = `${this.gateway.url}/things/${name}/properties/currentFirmware`;
        const { body } = await ask(url, { authorization: `Bearer ${this.#token}` });
        if (body.version !== undefined) break;
        if (performance.now() > limit) return this.tally.violate(`${name} did not come`);
        await pause(50);
      }
    }
  }

  async #post(path: string, body?: object): Promise<Readonly<Record<string, unknown>>> {
    const isForm = body instanceof FormData;
    const response = await fetch(`${this.gateway.url}/${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(isForm || !body ? {} : { 'content-type': 'application/json' }),
      },
      ...(body ? { body: isForm ? body : JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    const answer: unknown = text === '' ? {} : JSON.parse(text);
    return isMembers(answer) ? answer : {};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#devicesReturn;
    await this.devices[Symbol.asyncDispose]();
    await this.gateway[Symbol.asyncDispose]();
  }
}
