import * as t from 'typebox';
import { Parse } from 'typebox/value';
import { ask } from './gateway-requests.js';
import type { Tally } from './tally.js';
import type { Upgradables } from './upgradables.js';

const Operation = t.Object({
  id: t.String(),
  device: t.String(),
  status: t.String(),
  phase: t.String(),
  log: t.String(),
});
const Batch = t.Object({ status: t.String(), upgradeoperations: t.Array(Operation) });
const Active = t.Object({ count: t.Integer(), results: t.Array(t.Object({ device: t.String() })) });

/** What is watched. */
export interface CampaignWatchOptions {
  readonly url: string;
  readonly token: string;
  readonly id: string;
  /** The version that it upgrades to, which no other campaign does. */
  readonly version: string;
  /** How many devices it was made for. */
  readonly total: number;
  readonly tally: Tally;
  readonly random: () => number;
}

const GOES_ON = 'in-progress';

/** Follows one campaign over REST, cancels some of its upgrades, and knows what it was told. */
export class CampaignWatch {
  /** Whether it was seen that it has ended. */
  hasEnded = false;
  /** In which phases upgrades were when somebody looked last. */
  phases: readonly string[] = [];
  readonly #options: CampaignWatchOptions;
  readonly #cancelled = new Set<string>();
  readonly #ends = new Map<string, string>();

  constructor(options: CampaignWatchOptions) {
    this.#options = options;
  }

  /** Looks at all of it; what must not be is told. */
  async look(): Promise<readonly t.Static<typeof Operation>[]> {
    const { id, total, tally } = this.#options;
    const batch = Parse(Batch, await this.#get(`batch-upgrade-operation/${id}/`));
    const operations = batch.upgradeoperations;
    if (operations.length !== total) tally.violate(`a campaign of ${total} has ${operations.length} operations`);
    for (const operation of operations) {
      const before = this.#ends.get(operation.id);
      if (before !== undefined && before !== operation.status)
        tally.violate(`an operation that was ${before} is ${operation.status}`);
      if (operation.status !== GOES_ON) this.#ends.set(operation.id, operation.status);
    }
    const { count, results } = Parse(Active, await this.#get(`upgrade-operation/?status=${GOES_ON}&page_size=100`));
    const devices = new Set(results.map(({ device }) => device));
    if (devices.size !== count) tally.violate(`${count} operations go on for ${devices.size} devices`);
    this.hasEnded = batch.status !== GOES_ON && batch.status !== 'idle';
    this.phases = operations.filter(({ status }) => status === GOES_ON).map(({ phase }) => phase);
    return operations;
  }

  /** Cancels one of those that go on, by chance; it may be too late. */
  async cancelOne(): Promise<void> {
    const { url, token, random } = this.#options;
    const open = (await this.look()).filter(({ status }) => status === GOES_ON);
    const chosen = open[Math.floor(random() * open.length)];
    if (!chosen) return;
    const address = `${url}/api/v1/firmware-upgrader/upgrade-operation/${chosen.id}/cancel/`;
    const { status } = await ask(address, { method: 'POST', authorization: `Bearer ${token}` });
    if (status === 200) this.#cancelled.add(chosen.id);
  }

  /** Compares what is kept with what the devices did. Gives how many upgrades came to what. */
  async compare(devices: Upgradables, nameOf: (id: string) => string): Promise<readonly string[]> {
    const { version, tally } = this.#options;
    const operations = await this.look();
    if (!this.hasEnded) tally.violate(`the campaign to ${version} has not ended: ${this.phases.join(', ')}`);
    for (const { id, device, status, phase, log } of operations) {
      const name = nameOf(device);
      const flashes = await devices.flashes(name, version);
      const isRight =
        flashes <= 1 && (status === 'success' ? flashes === 1 : ['failed', 'aborted', 'cancelled'].includes(status));
      const what = (): string => `${name} to ${version}: ${phase}, flashed ${flashes} times: ${log}`;
      tally.looked('upgrades', isRight && log !== '', what);
      if (status === 'cancelled' && flashes > 0) tally.violate(`cancelled and flashed: ${what()}`);
      if (this.#cancelled.has(id)) tally.looked('cancels', status === 'cancelled' && flashes === 0, what);
    }
    return operations.map(({ phase }) => phase);
  }

  async #get(path: string): Promise<unknown> {
    const { url, token } = this.#options;
    const address = `${url}/api/v1/firmware-upgrader/${path}`;
    const { status, body } = await ask(address, { authorization: `Bearer ${token}` });
    if (status !== 200) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`);
    return body;
  }
}
