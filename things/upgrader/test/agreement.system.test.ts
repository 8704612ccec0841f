import { expect } from 'chai';
import fc from 'fast-check';
import { isEnded, stageOf, type Upgrade, type UpgradeEvent } from '../src/index.js';
import { uuid } from './fixture.js';
import { type Answered, type Filed, member } from './served-api.js';
import { deviceOf, letIn, PATHS, type TestReader } from './served-upgrader.js';
import { invoke, read, type ServedViews, serveViews } from './served-views.js';

/** What happens: to the device, or to the operation of it that goes on, with that number. */
type Step = { readonly number: number; readonly what: (typeof WHAT)[number] };

const NUMBERS = [1, 2, 3];
const WHAT = [
  'give',
  'campaign',
  'claim',
  'step',
  'log',
  'flash',
  'succeed',
  'fail',
  'retryLater',
  'stop',
  'cancel',
  'lapse',
  'expire',
  'retry',
  'pause',
  'resume',
  'cancelCampaign',
  'deleteImage',
  'count',
  'remove',
] as const;
const USUAL = ['give', 'campaign', 'claim', 'claim', 'step', 'flash', 'succeed'] as const;
const steps: fc.Arbitrary<Step[]> = fc.array(
  // Most of it happens to one device, and in an order in which something comes of it.
  fc.record({ number: fc.constantFrom(1, 1, 1, ...NUMBERS), what: fc.constantFrom(...WHAT, ...USUAL, ...USUAL) }),
  { minLength: 10, maxLength: 30 },
);
const REQUEST = { type: 'request_current_state' };

/** An operation as every view has it. */
interface Common {
  readonly id: unknown;
  readonly device: unknown;
  readonly image: unknown;
  readonly status: unknown;
  readonly progress: unknown;
  readonly log: unknown;
  readonly modified: unknown;
}

const common = ({ id, device, image, status, progress, log, modified }: Common): Common => ({
  id,
  device,
  image,
  status,
  progress,
  log,
  modified,
});
const byID = (all: readonly Common[]): readonly Common[] =>
  all.map(common).sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));

/** A world with all its views, in which something happens. */
class World {
  readonly #views: ServedViews;
  readonly #filed: Filed;
  readonly #readers = new Map<string, TestReader>();
  #campaign: string | undefined;
  /** What was seen of each operation, and of the campaign. */
  readonly #seen = new Map<string, Upgrade>();
  readonly #cancelled = new Set<string>();
  #counts: { readonly id: string; readonly completed: number; readonly total: number } | undefined;

  constructor(views: ServedViews, filed: Filed) {
    this.#views = views;
    this.#filed = filed;
  }

  async happen({ number, what }: Step): Promise<void> {
    const { ask, record } = this.#views;
    const device = uuid(number, '3');
    const [latest] = (await record.tables.upgrades.find({ device, limit: 1 })).items;
    const tell = async (event: UpgradeEvent): Promise<void> => {
      if (latest) await quietly(record.advance(latest.id, event));
    };
    const fence = latest?.lease?.fence ?? 0;
    switch (what) {
      case 'give':
        return void (await ask('PUT', `device/${device}/firmware/`, { body: { image: this.#filed.image } }));
      case 'campaign': {
        const body = { upgrade_all: true };
        const begun = await ask('POST', `build/${this.#filed.build}/upgrade/`, { body });
        if (begun.status === 201) this.#campaign = String(member(begun, 'batch'));
        return;
      }
      case 'claim':
        await tell({ type: 'release' });
        return tell({ type: 'claim', holder: 'w', until: Date.now() + 1_000_000 });
      case 'step':
        return tell({ type: 'step', fence, phase: 'uploading', progress: 30 + number, lines: ['uploading'] });
      case 'log':
        return tell({ type: 'log', fence, lines: ['a line', 'with <b>tags</b>\nand another'] });
      case 'flash':
        return tell({ type: 'flash', fence });
      case 'succeed':
        await tell({ type: 'end', fence, phase: 'succeeded', lines: ['done'] });
        return tell({ type: 'end', fence, phase: 'not-needed', lines: ['not needed'] });
      case 'fail':
        return tell({ type: 'end', fence, phase: 'failed', lines: ['broken'] });
      case 'retryLater':
        return tell({ type: 'fail', fence, cause: 'no route' });
      case 'stop':
        return tell({ type: 'stopped', fence });
      case 'lapse':
        return tell({ type: 'lapse', holderIsDead: true });
      case 'expire':
        return tell({ type: 'expire' });
      case 'cancel':
        return this.#cancel(latest);
      case 'retry':
        if (latest) await ask('POST', `upgrade-operation/${latest.id}/retry/`);
        return;
      case 'remove':
        if (latest && latest.campaign === null && isEnded(latest)) await this.#remove(latest.id);
        return;
      case 'deleteImage':
        // Of the last one only: the others go on with what they have.
        if (number === 3 && latest) await tell({ type: 'imageDeleted' });
        return;
      case 'pause':
      case 'resume':
        if (this.#campaign) await ask('POST', `batch-upgrade-operation/${this.#campaign}/${what}/`);
        return;
      case 'cancelCampaign':
        if (this.#campaign) await quietly(invoke(this.#views.campaign(this.#campaign), 'cancel'));
        return;
      case 'count':
        return this.#count();
    }
  }

  /** On every view, by turns; those that are refused do nothing. */
  async #cancel(latest: Upgrade | undefined): Promise<void> {
    if (!latest) return;
    if (latest.seq % 2 === 0) {
      const { status } = await this.#views.ask('POST', `upgrade-operation/${latest.id}/cancel/`);
      if (status === 200) this.#cancelled.add(latest.id);
    } else if (await quietly(invoke(this.#views.device(latest.device), 'cancel', { operation: latest.id }))) {
      this.#cancelled.add(latest.id);
    }
  }

  async #remove(id: string): Promise<void> {
    const reader = this.#readers.get(`operation ${id}`);
    const { status } = await this.#views.ask('DELETE', `upgrade-operation/${id}/`);
    if (status !== 204) return;
    this.#seen.delete(id);
    this.#readers.delete(`operation ${id}`);
    if (reader) expect((await reader.closed).code).to.equal(1000);
  }

  /** As an engine does it. */
  async #count(): Promise<void> {
    const { record } = this.#views;
    if (this.#campaign === undefined) return;
    const campaign = await record.tables.campaigns.get(this.#campaign);
    const tally = await record.tally(this.#campaign);
    const groups = campaign?.groups.map((_, group) => tally.counts(group)) ?? [];
    await quietly(record.advanceCampaign(this.#campaign, { type: 'count', groups, all: tally.counts() }));
  }

  /** Every view says the same, and what has to hold does. */
  async check(): Promise<void> {
    for (const number of NUMBERS) await this.#checkDevice(uuid(number, '3'));
    if (this.#campaign !== undefined) await this.#checkCampaign(this.#campaign);
  }

  async #checkDevice(device: string): Promise<void> {
    const { ask, record } = this.#views;
    const rows = (await record.tables.upgrades.find({ device })).items;
    expect(rows.filter((upgrade) => !isEnded(upgrade))).to.have.lengthOf.at.most(1);
    for (const row of rows) this.#checkRow(row);
    const listed = operationsOf(await ask('GET', `device/${device}/upgrade-operation/?page_size=100`), 'results');
    const all = operationsOf(await ask('GET', `upgrade-operation/?device=${device}&page_size=100`), 'results');
    expect(byID(all)).to.deep.equal(byID(listed));
    expect(all.map(({ id }) => id)).to.have.members(rows.map(({ id }) => id));
    const thing = this.#views.device(device);
    const { operations } = Object(await invoke(thing, 'listOperations', {}));
    expect(byID(operations)).to.deep.equal(byID(all));
    const shown = await this.#ask(`device ${device}`, PATHS.device(device), Math.min(5, rows.length));
    const known = new Map(all.map((operation) => [operation.id, common(operation)]));
    for (const message of shown) {
      const operation = Object(message.operation);
      expect(common(operation)).to.deep.equal(known.get(operation.id));
      expect(Object(message.data).operation).to.deep.equal(operation);
    }
    const current = Object(await read(thing, 'operation'));
    if (rows.length > 0) expect(common(current)).to.deep.equal(known.get(current.id));
    for (const { id, seq } of rows) {
      // Who was there from the beginning, and never asked, was told every change.
      const told = await (await this.#live(device)).find(({ operation }) => {
        const one = Object(operation);
        return one.id === id && one.seq === seq;
      });
      expect(common(Object(told.operation))).to.deep.equal(known.get(id));
      const [message] = await this.#ask(`operation ${id}`, PATHS.operation(id), 1);
      expect(common(Object(message?.operation))).to.deep.equal(known.get(id));
    }
  }

  /** Progress falls with a new attempt only, what has ended stays as it is, and what was cancelled is never flashed. */
  #checkRow(row: Upgrade): void {
    const before = this.#seen.get(row.id);
    this.#seen.set(row.id, row);
    if (before?.attempt === row.attempt) expect(row.progress).to.be.at.least(before.progress);
    if (before && isEnded(before)) expect([row.phase, row.progress]).to.deep.equal([before.phase, before.progress]);
    if (this.#cancelled.has(row.id)) {
      expect(row.progress).to.be.below(65);
      expect(['stopping', 'ended']).to.include(stageOf(row.phase));
    }
  }

  async #checkCampaign(id: string): Promise<void> {
    const { ask } = this.#views;
    const batch = await ask('GET', `batch-upgrade-operation/${id}/`);
    const operations = operationsOf(batch, 'upgradeoperations');
    const [state] = await this.#ask(`batch ${id}`, PATHS.batch(id), 1, ({ type }) => type === 'batch_state');
    expect(byID(Object(state).operations)).to.deep.equal(byID(operations));
    const thing = this.#views.campaign(id);
    expect(byID(Object(await invoke(thing, 'listOperations', {})).operations)).to.deep.equal(byID(operations));
    const counts = Object(Object(state).batch_status);
    expect(counts.status).to.equal(member(batch, 'status'));
    expect(counts.completed).to.equal(operations.filter(({ status }) => status !== 'in-progress').length);
    expect(member(batch, 'progress_report')).to.equal(`${counts.completed} out of ${counts.total}`);
    for (const name of ['status', 'completed', 'total', 'pending']) {
      expect(await read(thing, name)).to.equal(counts[name], name);
    }
    const before = this.#counts;
    if (before?.id === id) {
      expect(counts.total).to.equal(before.total);
      expect(counts.completed).to.be.at.least(before.completed);
    }
    this.#counts = { id, completed: counts.completed, total: counts.total };
  }

  /** A connection to a device, which asks for nothing. */
  async #live(device: string): Promise<TestReader> {
    const reader = this.#readers.get(`live ${device}`) ?? (await letIn(this.#views, PATHS.device(device)));
    this.#readers.set(`live ${device}`, reader);
    return reader;
  }

  /** Lets those in who follow everything from the beginning. */
  async open(): Promise<void> {
    for (const number of NUMBERS) await this.#live(uuid(number, '3'));
  }

  /** Asks a socket that stays open for the state, and gives what it answers. */
  async #ask(
    name: string,
    path: string,
    count: number,
    fits = (_message: object & { readonly type?: unknown }) => true,
  ) {
    const reader = this.#readers.get(name) ?? (await letIn(this.#views, path));
    this.#readers.set(name, reader);
    // What was pushed before is out of the way.
    await reader.send({});
    const before = reader.heard.length;
    await reader.send(REQUEST);
    for (;;) {
      const answer = reader.heard.slice(before).filter(fits);
      if (answer.length >= count) return answer.slice(-count || answer.length);
      await reader.messages(reader.heard.length + 1);
    }
  }

  async close(): Promise<void> {
    for (const reader of this.#readers.values()) await reader[Symbol.asyncDispose]();
  }
}

/** Whether it was not refused. */
async function quietly(promise: Promise<unknown>): Promise<boolean> {
  try {
    await promise;
    return true;
  } catch {
    return false;
  }
}

function operationsOf(answered: Answered, name: string): readonly Common[] {
  const found = member(answered, name);
  if (Array.isArray(found)) return found;
  throw new Error(`${answered.status} ${JSON.stringify(answered.body)}`);
}

describe('the views of upgrades', () => {
  it('agree after every step of any history', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        await using views = await serveViews({ devices: NUMBERS.map((number) => deviceOf(number)) });
        const world = new World(views, await views.file());
        try {
          await world.open();
          for (const step of history) {
            await world.happen(step);
            await world.check();
          }
        } finally {
          await world.close();
        }
      }),
      { numRuns: Number(process.env.AGREEMENT_RUNS ?? 8) },
    );
  }).timeout(60_000);
});
