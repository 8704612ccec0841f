import type { Thing } from '@thingwright/core';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { uuid } from '../fixture.js';
import { member } from '../served-api.js';
import { deviceOf } from '../served-upgrader.js';
import { invoke, ROOT, read, refusal, type ServedViews, serveViews } from '../served-views.js';

const DEVICE = uuid(1, '3');
const context = { principal: ROOT };

/** Begins an upgrade, and gives the ids of its invocation and of its operation. */
async function begin(
  views: ServedViews,
  input: object,
): Promise<{ readonly actionID: string; readonly operation: string }> {
  const thing = views.device(DEVICE);
  const update = firstValueFrom(thing.observe({ op: 'subscribeevent', name: 'operationUpdate' }, context));
  const { status } = await thing.request({ op: 'invokeaction', name: 'upgrade', input }, context);
  const { value } = await update;
  return { actionID: status?.actionID ?? '', operation: String(Object(value).id) };
}

/** How an invocation stands, once it is as wanted. */
async function until(thing: Thing, actionID: string, state: string) {
  for (;;) {
    const told = firstValueFrom(thing.observe({ op: 'subscribeevent', name: 'actionStatus' }, context));
    const { status } = await thing.request({ op: 'queryaction', actionID }, context);
    if (status?.state === state) return status;
    await told;
  }
}

describe('the Thing of a device upgrader', () => {
  it('is called as its device is', async () => {
    await using views = await serveViews();
    expect(views.device(DEVICE).model.title).to.equal('router 1');
  });

  it('11.26: says why and since when nobody gets in to a device that is called by its address', async () => {
    const failing = { isWorking: false, failureReason: 'refused', since: 0, lastAttempt: 60_000 };
    await using views = await serveViews({ devices: [deviceOf(1, { connection: failing }), deviceOf(2)] });
    expect(await read(views.device(DEVICE), 'connection')).to.deep.equal({
      isWorking: false,
      failureReason: 'refused',
      since: '1970-01-01T00:00:00.000Z',
      lastAttempt: '1970-01-01T00:01:00.000Z',
    });
    expect(await read(views.device(uuid(2, '3')), 'connection')).to.equal(null);
  });

  it('upgrades: pending while it waits, running while it is worked on, completed with the operation', async () => {
    await using views = await serveViews();
    const { image, build, category } = await views.file();
    const thing = views.device(DEVICE);
    expect(await read(thing, 'eligibleImages')).to.deep.include.members([
      {
        image,
        build,
        category: Object((await views.ask('GET', `category/${category}/`)).body).name,
        version: '2.0',
        type: 'model-x.bin',
        size: 9000,
      },
    ]);
    expect(await read(thing, 'options')).to.have.lengthOf(3);
    const { actionID, operation } = await begin(views, { image });
    expect((await until(thing, actionID, 'pending')).state).to.equal('pending');
    await views.record.advance(operation, { type: 'claim', holder: 'w', until: Date.now() + 1_000_000 });
    await until(thing, actionID, 'running');
    expect(await read(thing, 'operation')).to.include({ id: operation, status: 'in-progress', phase: 'connecting' });
    expect(await read(thing, 'targetFirmware')).to.deep.equal({ image, build, version: '2.0', installed: false });
    await views.record.advance(operation, { type: 'flash', fence: 1 });
    const verified = { version: '2.0', bootID: 'b', at: Date.now() };
    const finished = firstValueFrom(thing.observe({ op: 'subscribeevent', name: 'finished' }, context));
    await views.record.advance(operation, { type: 'end', fence: 1, phase: 'succeeded', lines: ['done'], verified });
    expect((await finished).value).to.deep.equal({ operation, status: 'success', verifiedVersion: '2.0' });
    const { output } = await until(thing, actionID, 'completed');
    expect(output).to.include({ id: operation, status: 'success', progress: 100, log: 'done' });
    expect(await read(thing, 'currentFirmware')).to.include({ version: '2.0', verified: true, bootID: 'b' });
  });

  it('neither tells of operations of another device, nor cancels or tries them again', async () => {
    await using views = await serveViews({ devices: [deviceOf(1), deviceOf(2)] });
    const { image } = await views.file();
    const { operation } = await begin(views, { image });
    const other = views.device(uuid(2, '3'));
    for (const [name, input] of [
      ['cancel', { operation }],
      ['readLog', { operation }],
    ] as const) {
      expect(await refusal(() => invoke(other, name, input))).to.equal('notFound', name);
    }
    await invoke(views.device(DEVICE), 'cancel', { operation });
    const { status } = await other.request({ op: 'invokeaction', name: 'retry', input: { operation } }, context);
    expect((await until(other, status?.actionID ?? '', 'failed')).error?.code).to.equal('notFound');
    expect(await invoke(views.device(DEVICE), 'listOperations', {})).to.include({ total: 1 });
  });

  it('fails an upgrade with the last line of its log', async () => {
    await using views = await serveViews();
    const { image } = await views.file();
    const { actionID, operation } = await begin(views, { image });
    await views.record.advance(operation, { type: 'dismiss', phase: 'failed', line: 'no power' });
    const { error } = await until(views.device(DEVICE), actionID, 'failed');
    expect(error).to.deep.include({ code: 'failed', detail: 'failed: no power' });
  });

  it('cancels by cancelaction, and refuses that once the device is being flashed', async () => {
    await using views = await serveViews({ devices: [deviceOf(1)] });
    const { image } = await views.file();
    const thing = views.device(DEVICE);
    const first = await begin(views, { image });
    await thing.request({ op: 'cancelaction', actionID: first.actionID }, context);
    expect((await views.record.tables.upgrades.get(first.operation))?.phase).to.equal('cancelled');
    expect(await refusal(() => thing.request({ op: 'queryaction', actionID: first.actionID }, context))).to.equal(
      'notFound',
    );
    const second = await begin(views, { image });
    await views.record.advance(second.operation, { type: 'claim', holder: 'w', until: Date.now() + 1_000_000 });
    await views.record.advance(second.operation, { type: 'flash', fence: 1 });
    expect(await refusal(() => thing.request({ op: 'cancelaction', actionID: second.actionID }, context))).to.equal(
      'conflict',
    );
    expect(await refusal(() => invoke(thing, 'cancel', {}))).to.equal('conflict');
  });

  it('refuses a moment that no clock shows, and a key that was used for another device', async () => {
    await using views = await serveViews({ devices: [deviceOf(1), deviceOf(2)] });
    const { image } = await views.file();
    const upgrade = (number: number, input: object) =>
      views.device(uuid(number, '3')).request({ op: 'invokeaction', name: 'upgrade', input }, context);
    const ended = async (number: number, input: object) => {
      const { status } = await upgrade(number, input);
      return (await until(views.device(uuid(number, '3')), status?.actionID ?? '', 'failed')).error?.code;
    };
    expect(await ended(1, { image, notBefore: '2016-12-31T23:59:60Z' })).to.equal('invalid');
    await begin(views, { image, clientKey: 'release' });
    expect(await ended(2, { image, clientKey: 'release' })).to.equal('conflict');
    expect(await invoke(views.device(uuid(2, '3')), 'listOperations', {})).to.include({ total: 0 });
  });

  it('gives the same operation for the same key, and tries one again that has ended', async () => {
    await using views = await serveViews();
    const { image } = await views.file();
    const thing = views.device(DEVICE);
    const { operation } = await begin(views, { image, clientKey: 'k' });
    await thing.request({ op: 'invokeaction', name: 'upgrade', input: { image, clientKey: 'k' } }, context);
    expect(await invoke(thing, 'listOperations', {})).to.include({ total: 1 });
    expect(await invoke(thing, 'cancel', {})).to.include({ id: operation, status: 'cancelled' });
    const again = firstValueFrom(thing.observe({ op: 'subscribeevent', name: 'operationUpdate' }, context));
    await thing.request({ op: 'invokeaction', name: 'retry', input: { operation } }, context);
    expect((await again).value)
      .to.include({ status: 'in-progress' })
      .and.not.include({ id: operation });
    expect(await invoke(thing, 'listOperations', { status: 'cancelled' })).to.include({ total: 1 });
    expect(await invoke(thing, 'readLog', { operation })).to.deep.include({ total: 1 });
    expect(await refusal(() => invoke(views.device(uuid(2, '3')), 'readLog', { operation }))).to.equal('notFound');
  });

  it('tells each committed change once, and only those of its device', async () => {
    await using views = await serveViews();
    const { image } = await views.file();
    const thing = views.device(DEVICE);
    const told: unknown[] = [];
    thing
      .observe({ op: 'subscribeevent', name: 'operationUpdate' }, context)
      .subscribe(({ value }) => told.push(value));
    await views.ask('PUT', `device/${uuid(2, '3')}/firmware/`, { body: { image } });
    const put = await views.ask('PUT', `device/${DEVICE}/firmware/`, { body: { image } });
    const id = String(Object(member(put, 'upgrade_operation')).id);
    const over = firstValueFrom(
      thing
        .observe({ op: 'subscribeevent', name: 'operationUpdate' }, context)
        .pipe(filter(({ value }) => Object(value).status === 'cancelled')),
    );
    await views.ask('POST', `upgrade-operation/${id}/cancel/`);
    await over;
    expect(told.map((value) => [Object(value).id, Object(value).seq])).to.deep.equal([
      [id, 1],
      [id, 2],
    ]);
  });
});
