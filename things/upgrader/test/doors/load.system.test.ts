import { expect } from 'chai';
import { newUpgrade } from '../../src/index.js';
import { campaignOf, groupOf, requestOf, uuid } from '../fixture.js';
import {
  deviceOf,
  letIn,
  type Message,
  PATHS,
  type ServedDoors,
  serveDoors,
  type TestReader,
} from '../served-upgrader.js';

const BATCH = uuid(1, '2');
const REQUEST = { type: 'request_current_state' };
/** Messages of 120 KB: more than the kernel may buffer for a socket that nobody reads, 33 MB for its receiver and 4 MB for its sender. */
const MORE_THAN_BUFFERED = 400;
const claim = { type: 'claim', holder: 'w', until: Date.now() + 1_000_000 } as const;

/** A campaign of that many devices, of which each operation is queued. */
async function served(size: number): Promise<ServedDoors> {
  const doors = await serveDoors({ devices: [deviceOf(0)] });
  const upgrades = Array.from({ length: size }, (_, i) =>
    newUpgrade(requestOf(i, { campaign: BATCH }), uuid(1, '5'), 'queued'),
  );
  await doors.record.addCampaign(campaignOf(1, { total: size, groups: [groupOf('all', size)] }), upgrades, []);
  await doors.record.advanceCampaign(BATCH, { type: 'start' });
  return doors;
}

/** Waits for something that a sweep brings, which has to find the reader's buffers empty: so many sweeps as it takes. */
async function swept<T>(doors: ServedDoors, reader: TestReader, something: Promise<T>): Promise<T> {
  let isThere = false;
  const noted = something.finally(() => {
    isThere = true;
  });
  while (!isThere) {
    doors.timer.pass(500);
    await reader.send({ type: 'nothing' });
  }
  return noted;
}

describe('the endpoints under load', () => {
  it('give the state of 10,000 operations in one message, read once for many who ask at once', async () => {
    await using doors = await served(10_000);
    const { upgrades } = doors.record.tables;
    const find = upgrades.find.bind(upgrades);
    let pages = 0;
    Object.assign(upgrades, {
      find: (query: object) => {
        pages++;
        return find(query);
      },
    });
    const readers = await Promise.all(Array.from({ length: 5 }, () => letIn(doors, PATHS.batch(BATCH))));
    await Promise.all(readers.map((reader) => reader.send(REQUEST)));
    for (const reader of readers) {
      const [state] = await reader.messages(1);
      expect(state?.operations).to.have.lengthOf(10_000);
      expect(state?.batch_status).to.include({ total: 10_000, completed: 0 });
    }
    expect(pages).to.be.at.most(33);
    for (const reader of readers) await reader[Symbol.asyncDispose]();
  }).timeout(20_000);

  it('tell a burst by the latest of each operation, and lose none', async () => {
    await using doors = await served(500);
    await using reader = await letIn(doors, PATHS.batch(BATCH));
    for (let i = 0; i < 500; i++) {
      await doors.record.advance(uuid(i), claim);
      await doors.record.advance(uuid(i), { type: 'step', fence: 1, phase: 'uploading', progress: 20 });
      await doors.record.advance(uuid(i), { type: 'end', fence: 1, phase: 'not-needed', lines: [] });
    }
    await swept(
      doors,
      reader,
      reader.find(({ type, completed }) => type === 'batch_status' && completed === 500),
    );
    await reader.send(REQUEST);
    const told = reader.heard.filter(({ type }) => type === 'operation_progress');
    const latest = new Map(told.map(({ operation_id, status }) => [operation_id, status]));
    expect(latest.size).to.equal(500);
    expect([...new Set(latest.values())]).to.deep.equal(['success']);
    expect(told.length).to.be.below(700);
  });

  it('keep the newest state for a reader that takes nothing, hurt no other, and close it in the end', async () => {
    await using doors = await served(1);
    await doors.record.advance(uuid(0), claim);
    // Each message has the end of the log, twice.
    await doors.record.advance(uuid(0), { type: 'log', fence: 1, lines: ['x'.repeat(60_000)] });
    await using slow = await letIn(doors, PATHS.device(uuid(0, '3')));
    await using other = await letIn(doors, PATHS.device(uuid(0, '3')));
    slow.websocket.pause();
    const grow = async (): Promise<void> => {
      for (let i = 0; i < MORE_THAN_BUFFERED; i++) {
        const before = other.heard.length;
        await doors.record.advance(uuid(0), { type: 'log', fence: 1, lines: [String(i)] });
        await other.messages(before + 1);
      }
    };
    const seqOf = (message: Message | undefined): unknown => Object(message?.operation).seq;
    await grow();
    slow.websocket.resume();
    const newest = seqOf(other.heard.at(-1));
    const state = await swept(
      doors,
      slow,
      slow.find((message) => seqOf(message) === newest),
    );
    expect(state.operation).to.deep.equal(other.heard.at(-1)?.operation);
    expect(slow.heard.length).to.be.below(MORE_THAN_BUFFERED);
    slow.websocket.pause();
    await grow();
    for (let seconds = 0; seconds < 31; seconds++) {
      doors.timer.pass(1000);
      await other.send({ type: 'nothing' });
    }
    slow.websocket.resume();
    expect((await slow.closed).code).to.equal(1013);
    expect(other.heard).to.have.lengthOf(2 * MORE_THAN_BUFFERED);
  }).timeout(60_000);
});
