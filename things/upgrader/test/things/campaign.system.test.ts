import { expect } from 'chai';
import { filter, firstValueFrom, map } from 'rxjs';
import { uuid } from '../fixture.js';
import { member } from '../served-api.js';
import { deviceOf, principalOf } from '../served-upgrader.js';
import { invoke, ROOT, read, refusal, type ServedViews, serveViews } from '../served-views.js';

const context = { principal: ROOT };
const devices = [1, 2, 3].map((number) => deviceOf(number));

async function create(views: ServedViews, order: object = {}) {
  const { build } = await views.file();
  const output = Object(await invoke(views.campaigns, 'createCampaign', { build, firmwareless: true, ...order }));
  return { build, id: String(output.campaign), output, thing: views.campaign(String(output.campaign)) };
}

describe('the Things of campaigns', () => {
  it('plan, and make a campaign that begins when it is started', async () => {
    await using views = await serveViews({ devices: [...devices, deviceOf(4, { isActive: false })] });
    const { build } = await views.file();
    const request = { build, firmwareless: true };
    const plan = Object(await invoke(views.campaigns, 'dryRun', { request, limit: 2 }));
    expect(plan).to.deep.include({ total: 3, skippedTotal: 1, skippedByReason: [{ reason: 'deactivated', count: 1 }] });
    expect(plan.upgrades).to.have.lengthOf(2);
    expect(await read(views.campaigns, 'active')).to.deep.equal([]);
    const created = firstValueFrom(views.campaigns.observe({ op: 'subscribeevent', name: 'campaignCreated' }, context));
    const output = Object(await invoke(views.campaigns, 'createCampaign', request));
    expect(output).to.include({ total: 3, skipped: 1, name: `campaign-${output.campaign}` });
    expect((await created).value).to.include({ campaign: output.campaign, status: 'idle' });
    const thing = views.campaign(output.campaign);
    expect(await read(thing, 'phase')).to.equal('ready');
    await invoke(thing, 'start');
    expect(await read(thing, 'status')).to.equal('in-progress');
    expect(await invoke(thing, 'listSkipped', {})).to.deep.include({ total: 1 });
    expect(await invoke(views.campaigns, 'listCampaigns', {})).to.include({ total: 1 });
  });

  it('ask who may, by the organization of the build', async () => {
    await using views = await serveViews({ devices });
    const { build } = await views.file();
    const order = { build, firmwareless: true };
    const as = (name: string) => principalOf(name) ?? ROOT;
    expect(await refusal(() => invoke(views.campaigns, 'dryRun', { request: order }, as('viewer@lab')))).to.equal(
      'none',
    );
    expect(await refusal(() => invoke(views.campaigns, 'dryRun', { request: order }, as('admin@other')))).to.equal(
      'notFound',
    );
    expect(await refusal(() => invoke(views.campaigns, 'createCampaign', order, as('operator@lab')))).to.equal(
      'forbidden',
    );
    expect(await refusal(() => invoke(views.campaigns, 'createCampaign', order, as('admin@lab')))).to.equal('none');
    expect(await invoke(views.campaigns, 'listCampaigns', {}, as('viewer@other'))).to.deep.equal({
      campaigns: [],
      total: 0,
    });
  });

  it('plan of what all organizations share only the own devices, for those who see no others', async () => {
    const devices = [deviceOf(1), deviceOf(2, { organization: 'other' }), deviceOf(3, { organization: 'other' })];
    await using views = await serveViews({ devices });
    const { build } = await views.file('1.0', { organization: null });
    const request = { build, firmwareless: true, exclude: [uuid(3, '3')] };
    const plan = async (name: string) =>
      Object(await invoke(views.campaigns, 'dryRun', { request }, principalOf(name)));
    const own = await plan('viewer@lab');
    expect(own).to.deep.include({ total: 1, skippedTotal: 0, skipped: [], skippedByReason: [] });
    expect(own.upgrades.map(({ device }: { device: string }) => device)).to.deep.equal([uuid(1, '3')]);
    expect(own.groups).to.deep.equal([{ name: 'all', size: 1 }]);
    expect(await plan('root')).to.deep.include({ total: 2, skippedTotal: 1 });

    const inGroup = (name: string) =>
      refusal(() =>
        invoke(views.campaigns, 'dryRun', { request: { ...request, group: uuid(1, '8') } }, principalOf(name)),
      );
    expect([await inGroup('viewer@other'), await inGroup('viewer@lab')]).to.deep.equal(['invalid', 'none']);
    const { build: theirs } = await views.file('1.0', { organization: 'other' });
    const made = (group: string) =>
      invoke(views.campaigns, 'createCampaign', { build: theirs, group }, principalOf('admin@other')).catch(String);
    expect(await made(uuid(1, '8'))).to.contain('object does not exist');
  });

  it('name the groups and locations that campaigns choose by, to those who may see their devices', async () => {
    const [group, location] = [uuid(1, '8'), uuid(1, '9')];
    const all = [deviceOf(1, { group }), deviceOf(2, { group, location }), deviceOf(3)];
    await using views = await serveViews({ devices: all });
    expect(await read(views.campaigns, 'places', principalOf('viewer@lab'))).to.deep.equal({
      groups: [{ id: group, name: 'first', organization: 'lab', devices: 2 }],
      locations: [{ id: location, name: 'cellar', organization: 'lab', devices: 1 }],
    });
    expect(await read(views.campaigns, 'places', principalOf('viewer@other'))).to.deep.equal({
      groups: [],
      locations: [],
    });
  });

  it('tell how far a campaign is, by counts, groups, operations and changes since a position', async () => {
    await using views = await serveViews({ devices });
    const { thing, id } = await create(views, { groups: [{ name: 'first', count: 1 }] });
    const begun = firstValueFrom(thing.observe({ op: 'subscribeevent', name: 'groupStatus' }, context));
    await invoke(thing, 'start');
    expect((await begun).value).to.deep.equal({ group: 0, name: 'first', from: 'waiting', to: 'running' });
    const { operations, position } = Object(await invoke(thing, 'listOperations', {}));
    expect(operations).to.have.lengthOf(3);
    const progress = firstValueFrom(thing.observe({ op: 'subscribeevent', name: 'operationProgress' }, context));
    const completed = firstValueFrom(
      thing.observe({ op: 'observeproperty', name: 'completed' }, context).pipe(
        map(({ value }) => value),
        filter((value) => value === 1),
      ),
    );
    const status = firstValueFrom(
      thing
        .observe({ op: 'subscribeevent', name: 'batchStatus' }, context)
        .pipe(filter(({ value }) => Object(value).completed === 1)),
    );
    await views.record.advance(operations[0].id, { type: 'cancel', by: 'user:ada' });
    expect((await progress).value).to.include({ operation_id: operations[0].id, status: 'cancelled' });
    expect(await completed).to.equal(1);
    expect((await status).value).to.deep.equal({ status: 'in-progress', completed: 1, total: 3, pending: 2 });
    const [first, rest] = Object(await read(thing, 'groups'));
    expect(first).to.deep.nested.include({ name: 'first', state: 'running', 'counts.cancelled': 1 });
    expect(rest).to.deep.nested.include({ state: 'waiting', 'counts.pending': 2 });
    const changes = Object(await invoke(thing, 'listChanges', { after: position }));
    expect(changes).to.include({ isComplete: true });
    expect(changes.operations).to.have.lengthOf(1);
    expect(await read(thing, 'details')).to.include({ id, createdBy: 'user:root' });
  });

  it('are paused, resumed, cancelled, approved and tried again', async () => {
    await using views = await serveViews({ devices });
    const { thing, id } = await create(views, { needsApproval: true });
    const needed = firstValueFrom(thing.observe({ op: 'subscribeevent', name: 'approvalNeeded' }, context));
    expect((await needed).value).to.deep.equal({ campaign: id, createdBy: 'user:root' });
    expect(await refusal(() => invoke(thing, 'start'))).to.equal('conflict');
    expect(await refusal(() => invoke(thing, 'approve', {}))).to.equal('conflict', 'by its author');
    await invoke(thing, 'approve', { remark: 'go' }, principalOf('admin@lab') ?? ROOT);
    expect(await read(thing, 'details')).to.deep.nested.include({ 'decision.remark': 'go' });
    await invoke(thing, 'start');
    await invoke(thing, 'pause');
    expect(await read(thing, 'phase')).to.equal('paused');
    await invoke(thing, 'resume');
    expect(await refusal(() => invoke(thing, 'retryFailed'))).to.equal('conflict');
    const { operations } = Object(await invoke(thing, 'listOperations', {}));
    for (const operation of operations) {
      await views.record.advance(operation.id, { type: 'dismiss', phase: 'failed', line: 'no' });
    }
    const tally = await views.record.tally(id);
    await views.record.advanceCampaign(id, { type: 'count', groups: [tally.counts(0)], all: tally.counts() });
    expect(await read(thing, 'status')).to.equal('failed');
    const again = String(Object(await invoke(thing, 'retryFailed')).campaign);
    expect(await read(views.campaign(again), 'details')).to.include({ retryOf: id });
    expect(await read(views.campaign(again), 'total')).to.equal(3);
    expect(await read(views.campaign(again), 'phase')).to.equal('waiting-approval', 'as the one before it');
  });

  for (const view of ['the Thing', 'REST']) {
    it(`tell by ${view} what a cancel came to, once every upgrade has heard of it`, async () => {
      await using views = await serveViews({ devices: [...devices, deviceOf(4)] });
      const { thing, id } = await create(views);
      await invoke(thing, 'start');
      const { operations } = Object(await invoke(thing, 'listOperations', {}));
      const [before, running, flashing] = operations.map((operation: { readonly id: string }) => operation.id);
      const { record } = views;
      await record.advance(before, { type: 'cancel', by: 'user:ada' });
      for (const one of [running, flashing]) {
        await record.advance(one, { type: 'release' });
        await record.advance(one, { type: 'claim', holder: 'w', until: Date.now() + 1_000_000 });
      }
      await record.advance(flashing, { type: 'flash', fence: 1 });
      const cancel = async (): Promise<readonly unknown[]> => {
        if (view === 'the Thing') return Object.values(Object(await invoke(thing, 'cancel')));
        const { cancelled, too_late: tooLate } = Object(
          (await views.ask('POST', `batch-upgrade-operation/${id}/cancel/`)).body,
        );
        return [cancelled, tooLate];
      };
      expect(await cancel()).to.deep.equal([2, 1]);
      const found = await Promise.all(operations.map(({ id: one }: { id: string }) => record.tables.upgrades.get(one)));
      expect(found.map((upgrade) => upgrade?.phase)).to.deep.equal([
        'cancelled',
        'cancelling',
        'flashing',
        'cancelled',
      ]);
      expect(await refusal(() => record.advance(running, { type: 'flash', fence: 1 }))).to.equal('conflict');
      expect(await cancel()).to.deep.equal([1, 1], 'asked again, while one is being stopped');
    });

    it(`begin the failed again at once, asked by ${view}`, async () => {
      await using views = await serveViews({ devices });
      const { thing, id } = await create(views);
      await invoke(thing, 'start');
      const { operations } = Object(await invoke(thing, 'listOperations', {}));
      for (const { id: one } of operations) {
        await views.record.advance(one, { type: 'dismiss', phase: 'failed', line: 'no' });
      }
      const tally = await views.record.tally(id);
      await views.record.advanceCampaign(id, { type: 'count', groups: [tally.counts(0)], all: tally.counts() });
      const again =
        view === 'the Thing'
          ? Object(await invoke(thing, 'retryFailed')).campaign
          : member(await views.ask('POST', `batch-upgrade-operation/${id}/retry/`), 'batch');
      expect(await read(views.campaign(String(again)), 'phase')).to.equal('running');
      expect(await read(views.campaign(String(again)), 'details')).to.include({ retryOf: id, createdBy: 'user:root' });
    });
  }

  it('are directed by superusers alone if all organizations share them, on every view', async () => {
    await using views = await serveViews({ devices });
    const { build } = await views.file('2.0', { organization: null });
    const order = { build, firmwareless: true };
    const admin = principalOf('admin@lab') ?? ROOT;
    const token = 'admin@lab';
    expect(await refusal(() => invoke(views.campaigns, 'createCampaign', order, admin))).to.equal('forbidden');
    expect((await views.ask('POST', `build/${build}/upgrade/`, { token })).status).to.equal(403);
    const { campaign: id } = Object(await invoke(views.campaigns, 'createCampaign', order));
    const thing = views.campaign(id);
    for (const action of ['start', 'pause', 'resume', 'cancel', 'triggerNextGroup', 'retryFailed']) {
      expect(await refusal(() => invoke(thing, action, undefined, admin)), action).to.equal('forbidden');
      const path =
        action === 'retryFailed' ? 'retry' : action.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      const { status } = await views.ask('POST', `batch-upgrade-operation/${id}/${path}/`, { token });
      expect(status, path).to.equal(403);
    }
    for (const action of ['approve', 'deny']) {
      expect(await refusal(() => invoke(thing, action, {}, admin)), action).to.equal('forbidden');
      const { status } = await views.ask('POST', `batch-upgrade-operation/${id}/${action}/`, { token });
      expect(status, action).to.equal(403);
    }
    const write = { op: 'writeproperty', name: 'schedule', value: null } as const;
    expect(await refusal(() => thing.request(write, { principal: admin }))).to.equal('forbidden');
    expect(await read(thing, 'phase', admin)).to.equal('ready');
    await invoke(thing, 'start');
    expect(await read(thing, 'phase')).to.equal('running');
  });

  it('take a schedule until they begin', async () => {
    await using views = await serveViews({ devices });
    const { thing } = await create(views);
    const startAt = new Date(Date.now() + 86_400_000).toISOString().slice(0, 19);
    const value = { timeZone: 'UTC', startAt, windows: [{ days: ['monday'], from: '22:00', to: '04:00' }] };
    await thing.request({ op: 'writeproperty', name: 'schedule', value }, context);
    expect(await read(thing, 'schedule')).to.deep.equal(value);
    expect(await read(thing, 'phase')).to.equal('scheduled');
    const soon = { ...value, startAt: new Date().toISOString().slice(0, 19) };
    expect(
      await refusal(() => thing.request({ op: 'writeproperty', name: 'schedule', value: soon }, context)),
    ).to.equal('invalid');
    await invoke(thing, 'start');
    expect(
      await refusal(() => thing.request({ op: 'writeproperty', name: 'schedule', value: null }, context)),
    ).to.equal('conflict');
  });

  it('plan again when a device is taken meanwhile, also by what has ended and is not free yet', async () => {
    await using views = await serveViews({ devices });
    const { build, image } = await views.file();
    await views.ask('PUT', `device/${uuid(1, '3')}/firmware/`, { body: { image } });
    const [held] = (await views.record.tables.upgrades.find({})).items;
    await views.record.advance(held?.id ?? '', { type: 'claim', holder: 'w', until: Date.now() + 1_000_000 });
    await views.record.advance(held?.id ?? '', { type: 'expire' });
    const output = Object(await invoke(views.campaigns, 'createCampaign', { build, firmwareless: true }));
    expect(output).to.include({ total: 2, skipped: 1 });
  });
});
