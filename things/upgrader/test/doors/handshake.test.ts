import { expect } from 'chai';
import { campaignOf, upgradeOf, uuid } from '../fixture.js';
import { letIn, PATHS, type ServedDoors, serveDoors, tryReader } from '../served-upgrader.js';

const OPERATION = uuid(1);
const BATCH = uuid(1, '2');
const DEVICE = uuid(1, '3');
const ALL = [PATHS.operation(OPERATION), PATHS.batch(BATCH), PATHS.device(DEVICE)];

/** One operation of one campaign of one device, all of the laboratory. */
async function served(): Promise<ServedDoors> {
  const doors = await serveDoors();
  await doors.record.addCampaign(campaignOf(1), [upgradeOf(1, { campaign: BATCH })], []);
  return doors;
}

async function statusOf(path: string, doors: ServedDoors, token?: string): Promise<number> {
  const reader = await tryReader(doors, path, token === undefined ? {} : { token });
  if (typeof reader === 'number') return reader;
  await reader[Symbol.asyncDispose]();
  return 101;
}

describe('the handshake of the three endpoints', () => {
  it('11.4, 11.17: refuses whoever is not logged in with 403, before any WebSocket opens', async () => {
    await using doors = await served();
    for (const path of ALL) expect(await statusOf(path, doors)).to.equal(403);
    for (const path of ALL) expect(await statusOf(path, doors, 'wrong')).to.equal(403);
    expect(doors.doors.refused).to.equal(6);
    expect(doors.logged).to.include('a reader of upgrades was refused');
  });

  it('11.5: refuses who may not look at upgrades, and who may only in another organization', async () => {
    await using doors = await served();
    for (const token of ['nobody', 'admin@other', 'device']) {
      for (const path of ALL) expect(await statusOf(path, doors, token)).to.equal(403);
    }
  });

  it('refuses whose credential ends while it is looked who that is', async () => {
    await using doors = await served();
    expect(await statusOf(PATHS.device(DEVICE), doors, 'viewer@lab')).to.equal(101);
    doors.end('viewer@lab');
    for (const path of ALL) expect(await statusOf(path, doors, 'viewer@lab')).to.equal(403);
  });

  it('11.16, 11.18: lets in a superuser, and whoever may look or change in the organization of the object', async () => {
    await using doors = await served();
    for (const token of ['root', 'viewer@lab', 'operator@lab', 'admin@lab']) {
      for (const path of ALL) expect(await statusOf(path, doors, token)).to.equal(101);
    }
  });

  it('11.10: knows no path without an id, nor an id in another form', async () => {
    await using doors = await served();
    const paths = [
      PATHS.operation(''),
      PATHS.operation(OPERATION.replace('1', 'A')),
      PATHS.operation(OPERATION.toUpperCase().replace('1', 'F')),
      PATHS.operation('1'),
      PATHS.operation(OPERATION).slice(0, -1),
      '/ws/firmware-upgrader/nothing/',
    ];
    for (const path of paths) expect(await statusOf(path, doors, 'root')).to.equal(404);
  });

  it('tells only a superuser that there is no such object', async () => {
    await using doors = await served();
    for (const path of [PATHS.operation(uuid(9)), PATHS.batch(uuid(9)), PATHS.device(uuid(9))]) {
      expect(await statusOf(path, doors, 'root')).to.equal(404);
      expect(await statusOf(path, doors, 'admin@lab')).to.equal(403);
    }
  });

  it('answers 503 while nobody can tell who calls', async () => {
    await using doors = await served();
    expect(await statusOf(PATHS.device(DEVICE), doors, 'unable')).to.equal(503);
  });

  it('11.13: refuses while the record cannot be read, and goes on', async () => {
    await using doors = await served();
    const { upgrades } = doors.record.tables;
    const get = upgrades.get;
    Object.assign(upgrades, { get: () => Promise.reject(new Error('no disk')) });
    expect(await statusOf(PATHS.operation(OPERATION), doors, 'root')).to.equal(500);
    Object.assign(upgrades, { get });
    expect(await statusOf(PATHS.operation(OPERATION), doors, 'root')).to.equal(101);
  });

  it('speaks the dialect of the query or of the sub-protocol, and refuses one that there is not', async () => {
    await using doors = await served();
    const request = { type: 'request_current_state' };
    const path = PATHS.operation(OPERATION);
    await using documented = await letIn(doors, `${path}?dialect=documented`);
    await documented.send(request);
    expect(documented.heard[0]).to.have.all.keys('type', 'operation');
    await using upstream = await letIn(doors, path, { protocols: ['upstream'] });
    expect(upstream.websocket.protocol).to.equal('upstream');
    await upstream.send(request);
    expect(upstream.heard[0]).to.have.all.keys('type', 'operation', 'timestamp');
    await using union = await letIn(doors, path, { protocols: ['something-else'] });
    await union.send(request);
    expect(union.heard[0]?.operation).to.include.keys('phase', 'seq');
    expect(await statusOf(`${path}?dialect=klingon`, doors, 'root')).to.equal(400);
  });
});
