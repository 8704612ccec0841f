import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import type { UpgradeEvent } from '../../src/index.js';
import { campaignOf, groupOf, upgradeOf, uuid } from '../fixture.js';
import { letIn, type Message, PATHS, type ServedDoors, serveDoors } from '../served-upgrader.js';

const OPERATION = uuid(1);
const BATCH = uuid(1, '2');
const DEVICE = uuid(1, '3');
const REQUEST = { type: 'request_current_state' };
const claim: UpgradeEvent = { type: 'claim', holder: 'w', until: Date.now() + 1_000_000 };

/** Two operations of a campaign that runs. */
async function served(): Promise<ServedDoors> {
  let moment = Date.now();
  // No two changes at the same moment: what is the latest is asked.
  const doors = await serveDoors({ record: { now: () => ++moment } });
  const upgrades = [1, 2].map((number) => upgradeOf(number, { campaign: BATCH }));
  await doors.record.addCampaign(campaignOf(1, { total: 2, groups: [groupOf('all', 2)] }), upgrades, []);
  await doors.record.advanceCampaign(BATCH, { type: 'start' });
  return doors;
}

const operationIn = (message: Message | undefined): Message => {
  const { operation } = message ?? {};
  return typeof operation === 'object' && operation !== null ? { ...operation } : {};
};

describe('the messages of the three endpoints', () => {
  it('11.1, 11.15, 11.46: tells every change of an operation, with its log line by line and a timestamp', async () => {
    await using doors = await served();
    await using reader = await letIn(doors, PATHS.operation(OPERATION));
    await doors.record.advance(OPERATION, claim);
    await doors.record.advance(OPERATION, {
      type: 'step',
      fence: 1,
      phase: 'identifying',
      progress: 10,
      lines: ['Connection successful, starting upgrade...', 'a <b>second</b> line'],
    });
    const [claimed, stepped] = await reader.messages(2);
    expect(operationIn(claimed)).to.include({ status: 'in-progress', progress: 0, log: '' });
    expect(operationIn(stepped)).to.include({
      id: OPERATION,
      device: DEVICE,
      progress: 10,
      log: 'Connection successful, starting upgrade...\na <b>second</b> line',
    });
    expect(stepped?.timestamp).to.match(/^2026.*Z$/);
  });

  it('shows what can be read of a device where the one that goes on cannot, and hinders nobody else', async () => {
    await using doors = await served();
    const { upgrades } = doors.record.tables;
    const { holding } = upgrades;
    upgrades.holding = (device) =>
      device === DEVICE ? Promise.reject(new ThingError('conflict', 'It cannot be read')) : holding(device);
    await using reader = await letIn(doors, PATHS.device(DEVICE));
    await using other = await letIn(doors, PATHS.device(uuid(2, '3')));
    await reader.send(REQUEST);
    await other.send(REQUEST);
    expect(operationIn((await reader.messages(1))[0])).to.include({ id: OPERATION });
    expect(operationIn((await other.messages(1))[0])).to.include({ id: uuid(2) });
  });

  it('11.20: tells one line of the log of an operation of a campaign once', async () => {
    await using doors = await served();
    await doors.record.advance(OPERATION, claim);
    await using reader = await letIn(doors, PATHS.operation(OPERATION));
    await doors.record.advance(OPERATION, { type: 'log', fence: 1, lines: ['one line'] });
    await reader.messages(1);
    doors.timer.pass(5000);
    await reader.send(REQUEST);
    expect(reader.heard.filter((message) => operationIn(message).seq === 3)).to.have.lengthOf(
      2,
      'the line, and what was asked for',
    );
  });

  it('11.2, 11.9, 11.77: tells those who look at a campaign of each operation and of its counts, with timestamps', async () => {
    await using doors = await served();
    await using reader = await letIn(doors, PATHS.batch(BATCH));
    await doors.record.advance(OPERATION, claim);
    const progress = await reader.find(({ type }) => type === 'operation_progress');
    expect(progress).to.include({
      operation_id: OPERATION,
      status: 'in-progress',
      progress: 0,
      device_id: DEVICE,
      device_name: 'router 1',
      image_name: 'Routers v2.0: Model X',
    });
    expect(progress.timestamp).to.be.a('string');
    await doors.record.advance(OPERATION, { type: 'end', fence: 1, phase: 'not-needed', lines: [] });
    const status = await reader.find(({ type, completed }) => type === 'batch_status' && completed === 1);
    expect(status).to.include({ status: 'in-progress', completed: 1, total: 2 });
    expect(status.timestamp).to.be.a('string');
    doors.timer.pass(5000);
    await reader.send(REQUEST);
    expect(reader.heard.filter(({ type, completed }) => type === 'batch_status' && completed === 1)).to.have.lengthOf(
      1,
    );
  });

  it('11.3, 11.6, 11.8: tells those who look at a device, of operations that are new as well', async () => {
    await using doors = await served();
    await using device = await letIn(doors, `${PATHS.device(DEVICE)}?dialect=upstream`);
    await using operation = await letIn(doors, PATHS.operation(OPERATION));
    await doors.record.advance(OPERATION, { type: 'cancel', by: 'user:ada' });
    const [cancelled] = await device.messages(1);
    expect(cancelled).to.have.all.keys('type', 'operation', 'timestamp');
    expect(operationIn(cancelled)).to.include({ id: OPERATION, status: 'cancelled' });
    await operation.messages(1);
    await doors.record.add(upgradeOf(3, { device: DEVICE }));
    await device.messages(2);
    expect(operationIn(device.heard[1])).to.include({ id: uuid(3), status: 'in-progress' });
    expect(operation.heard).to.have.lengthOf(1);
    await device.send(REQUEST);
    await device.messages(4);
    // The one that changed last is the first.
    await doors.record.advance(uuid(3), claim);
    await device.messages(5);
    await device.send(REQUEST);
    await device.messages(7);
    expect(device.heard.slice(5).map((message) => operationIn(message).id)).to.deep.equal([uuid(3), OPERATION]);
  });

  it('speaks the union on a device: flat and in the envelope at once', async () => {
    await using doors = await served();
    await using reader = await letIn(doors, PATHS.device(DEVICE));
    await reader.send({ ...REQUEST, device_id: DEVICE });
    const [message] = await reader.messages(1);
    expect(message).to.have.all.keys('model', 'data', 'type', 'operation', 'timestamp');
    expect(message?.data).to.deep.equal({ type: 'operation_update', operation: message?.operation });
  });

  it('shows at most five operations of a device, and always the one that goes on', async () => {
    await using doors = await serveDoors();
    const { record } = doors;
    for (let number = 1; number <= 7; number++) {
      const created = Date.now() - 1_000_000 + number;
      await record.add({ ...upgradeOf(number, { device: DEVICE, created }) });
    }
    await using reader = await letIn(doors, PATHS.device(DEVICE));
    await reader.send(REQUEST);
    await reader.messages(5);
    await reader.send({ type: 'nothing' });
    expect(reader.heard).to.have.lengthOf(5);
    expect(reader.heard.map((message) => operationIn(message).id)).to.include(uuid(7));
  });

  it('answers with the state of a campaign: all operations in the order of the plan, without a timestamp', async () => {
    await using doors = await served();
    await using reader = await letIn(doors, `${PATHS.batch(BATCH)}?dialect=documented`);
    await reader.send({ ...REQUEST, batch_id: BATCH });
    const [state] = await reader.messages(1);
    expect(state).to.have.all.keys('type', 'batch_status', 'operations');
    expect(state?.batch_status).to.deep.equal({ status: 'in-progress', completed: 0, total: 2 });
    expect(state?.operations).to.be.an('array').with.lengthOf(2);
  });

  it('11.7: answers nothing to what it does not know, says so in the log, and stays open', async () => {
    await using doors = await served();
    await using reader = await letIn(doors, PATHS.operation(OPERATION));
    await reader.send({ type: 'something' });
    await reader.send({});
    expect(doors.logged.filter((text) => text.includes('not known'))).to.have.lengthOf(2);
    for (const malformed of ['', '{', 'null', '[]', '1', '"text"']) await reader.send(malformed);
    await reader.send({ ...REQUEST, operation_id: uuid(2) });
    expect(reader.heard).to.deep.equal([]);
    await reader.send({ ...REQUEST, operation_id: OPERATION });
    expect(await reader.messages(1)).to.have.lengthOf(1);
  });

  it('closes with 1003 for a binary message, 1009 for a large one, 1008 for a flood', async () => {
    await using doors = await served();
    await using binary = await letIn(doors, PATHS.device(DEVICE));
    binary.websocket.send(Buffer.from('{}'));
    expect((await binary.closed).code).to.equal(1003);
    await using large = await letIn(doors, PATHS.device(DEVICE));
    large.websocket.send('x'.repeat(100_000));
    expect((await large.closed).code).to.equal(1009);
    await using flood = await letIn(doors, PATHS.device(DEVICE));
    for (let i = 0; i < 200; i++) flood.websocket.send(JSON.stringify(REQUEST));
    expect((await flood.closed).code).to.equal(1008);
    await using patient = await letIn(doors, PATHS.device(DEVICE));
    for (let i = 0; i < 200; i++) {
      await patient.send({ ...REQUEST, device_id: uuid(7) });
      if (i % 50 === 0) doors.timer.pass(500);
    }
    expect(patient.websocket.readyState).to.equal(patient.websocket.OPEN);
  });

  it('11.12, 11.14: forgets a connection that is gone, however it went', async () => {
    await using doors = await served();
    const reader = await letIn(doors, PATHS.operation(OPERATION));
    expect(doors.doors.readers).to.equal(1);
    reader.websocket.close(1000);
    expect((await reader.closed).code).to.equal(1000);
    const torn = await letIn(doors, PATHS.operation(OPERATION));
    torn.websocket.terminate();
    await torn.closed;
    await using other = await letIn(doors, PATHS.operation(OPERATION));
    await doors.record.advance(OPERATION, claim);
    await other.messages(1);
    await doors.record.advance(OPERATION, { type: 'log', fence: 1, lines: ['goes on'] });
    await other.messages(2);
    expect(doors.doors.readers).to.equal(1);
    expect(doors.logged).to.deep.equal([]);
  });

  it('11.11, 11.16: tells two at once the same, over a record that is in this process alone', async () => {
    await using doors = await served();
    await using root = await letIn(doors, PATHS.operation(OPERATION));
    await using manager = await letIn(doors, PATHS.operation(OPERATION), { token: 'admin@lab' });
    await doors.record.advance(OPERATION, claim);
    expect(await root.messages(1)).to.deep.equal(await manager.messages(1));
  });

  it('11.19: tells what is nested, true, false or null as it is, and the text of a log to the letter', async () => {
    await using doors = await serveDoors();
    await doors.record.add(upgradeOf(1, { persistent: true }));
    await doors.record.add(upgradeOf(2, { device: DEVICE }));
    await doors.record.advance(uuid(2), claim);
    const line = '{"nested": [true, false, null, "\\u0000 \\"quoted\\" é\u{1F4E1}"]}';
    await doors.record.advance(uuid(2), { type: 'log', fence: 1, lines: [line] });
    await doors.record.advance(uuid(2), { type: 'imageDeleted' });
    await using reader = await letIn(doors, PATHS.device(DEVICE));
    await reader.send(REQUEST);
    const messages = await reader.messages(2);
    const of = (id: string): Message | undefined => messages.find((message) => operationIn(message).id === id);
    expect(operationIn(of(uuid(1)))).to.include({ is_persistent: true, next_retry_at: null });
    expect(of(uuid(2))?.data).to.deep.nested.include({ type: 'operation_update', 'operation.image': null });
    expect(operationIn(of(uuid(2)))).to.include({ image: null, is_persistent: false, log: line });
  });

  it('11.51: tells that an image is gone as null', async () => {
    await using doors = await served();
    await doors.record.advance(OPERATION, claim);
    await using reader = await letIn(doors, PATHS.operation(OPERATION));
    await doors.record.advance(OPERATION, { type: 'imageDeleted' });
    expect(operationIn((await reader.messages(1))[0]).image).to.equal(null);
  });

  it('tells the last state of what is deleted, and closes with 1000', async () => {
    await using doors = await served();
    await using operation = await letIn(doors, PATHS.operation(OPERATION));
    await using batch = await letIn(doors, PATHS.batch(BATCH));
    await using device = await letIn(doors, PATHS.device(DEVICE));
    await doors.record.advanceCampaign(BATCH, { type: 'cancel' });
    for (const id of [OPERATION, uuid(2)]) await doors.record.advance(id, { type: 'cancel', by: 'user:ada' });
    const { record } = doors;
    const tally = await record.tally(BATCH);
    await record.advanceCampaign(BATCH, { type: 'count', groups: [tally.counts(0)], all: tally.counts() });
    await record.removeCampaign(BATCH);
    expect((await operation.closed).code).to.equal(1000);
    expect(operationIn(operation.heard.at(-1))).to.include({
      status: 'cancelled',
      log: 'Upgrade operation has been cancelled by user',
    });
    expect((await batch.closed).code).to.equal(1000);
    expect(batch.heard.at(-1)).to.include({ type: 'batch_status', completed: 2, total: 2 });
    doors.fleet.remove(DEVICE);
    expect((await device.closed).code).to.equal(1000);
    expect(operationIn(device.heard.at(-1))).to.include({ status: 'cancelled' });
  });

  it('closes with 1008 when the credential ends, and when the permission does', async () => {
    let isAllowed = true;
    await using doors = await serveDoors({
      rights: { isSuperuser: () => false, organizationsOf: () => (isAllowed ? ['lab'] : []) },
    });
    await using first = await letIn(doors, PATHS.device(DEVICE), { token: 'viewer@lab' });
    await using second = await letIn(doors, PATHS.device(DEVICE), { token: 'operator@lab' });
    doors.end('viewer@lab');
    expect((await first.closed).code).to.equal(1008);
    isAllowed = false;
    doors.timer.pass(10_000);
    expect((await second.closed).code).to.equal(1008);
  });

  it('shows those of one organization only their devices of a campaign that all share', async () => {
    await using doors = await serveDoors({ devices: [] });
    const shared = campaignOf(1, { organization: null, total: 2, groups: [groupOf('all', 2)] });
    const upgrades = [upgradeOf(1, { campaign: BATCH }), upgradeOf(2, { campaign: BATCH, organization: 'other' })];
    await doors.record.addCampaign(shared, upgrades, []);
    await using reader = await letIn(doors, PATHS.batch(BATCH), { token: 'viewer@lab' });
    await reader.send(REQUEST);
    const [state] = await reader.messages(1);
    expect(state?.batch_status).to.include({ completed: 0, total: 1 });
    expect(state?.operations).to.have.lengthOf(1);
    await doors.record.advance(uuid(2), { type: 'cancel', by: 'user:root' });
    await doors.record.advance(OPERATION, { type: 'cancel', by: 'user:root' });
    expect(await reader.find(({ type }) => type === 'batch_status')).to.include({ completed: 1, total: 1 });
    expect(reader.heard.filter(({ type }) => type === 'operation_progress')).to.have.lengthOf(1);
  });
});
