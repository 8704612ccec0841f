import { expect } from 'chai';
import {
  batchCounts,
  batchState,
  batchStatus,
  DIALECTS,
  type Dialect,
  deviceMessage,
  NO_COUNTS,
  operationProgress,
  operationUpdate,
  readClientMessage,
  type Upgrade,
} from '../../src/index.js';
import { campaignOf, upgradeOf } from '../fixture.js';

const DEVICE = '33333333-3333-4333-8333-333333333333';
const IMAGE = '55555555-5555-4555-8555-555555555555';
const ID = '11111111-1111-4111-8111-111111111111';
const upgrade: Upgrade = {
  ...upgradeOf(1, {
    id: ID,
    device: DEVICE,
    deviceName: 'default-device',
    imageName: 'Routers v2.0: Model X',
    created: Date.UTC(2026, 6, 1, 7, 59, 30),
  }),
  image: IMAGE,
  phase: 'uploading',
  progress: 20,
  modified: Date.UTC(2026, 6, 1, 8, 0, 0, 123),
  seq: 7,
};
const log = { text: 'line1\nline2', omitted: 0 };
const now = Date.UTC(2026, 6, 1, 8, 0, 0, 125);
const timestamp = '2026-07-01T08:00:00.125Z';

/** An operation as the document has it, on endpoint 3. */
const DOCUMENTED = {
  id: ID,
  device: DEVICE,
  image: IMAGE,
  status: 'in-progress',
  log: 'line1\nline2',
  progress: 20,
  modified: '2026-07-01T08:00:00.123Z',
};
const OPERATION = { ...DOCUMENTED, created: '2026-07-01T07:59:30.000Z' };
const EXTENSION = { phase: 'uploading', seq: 7, retry_count: 0, next_retry_at: null, is_persistent: false };
const EXTENDED = { ...OPERATION, ...EXTENSION };

const update = (dialect: Dialect) => operationUpdate(upgrade, log, { dialect, now });
const device = (dialect: Dialect) => deviceMessage(upgrade, log, { dialect, now });

describe('the messages about one operation', () => {
  it('are as documented, to the letter, for who asks for that', () => {
    expect(update('documented')).to.deep.equal({ type: 'operation_update', operation: OPERATION });
    expect(device('documented')).to.deep.equal({
      model: 'UpgradeOperation',
      data: { type: 'operation_update', operation: DOCUMENTED },
    });
  });

  it('are as the code of the reference sends them, for who asks for that', () => {
    const flat = { type: 'operation_update', operation: OPERATION, timestamp };
    expect(update('upstream')).to.deep.equal(flat);
    expect(device('upstream')).to.deep.equal(flat);
  });

  it('are both at once for everybody else', () => {
    const flat = { type: 'operation_update', operation: EXTENDED, timestamp };
    expect(update('union')).to.deep.equal(flat);
    expect(device('union')).to.deep.equal({
      model: 'UpgradeOperation',
      data: { type: 'operation_update', operation: EXTENDED },
      ...flat,
    });
  });

  it('have the status pending for the next generation alone', () => {
    const waiting: Upgrade = { ...upgrade, phase: 'waiting-device', retryCount: 2, wakeAt: now, persistent: true };
    const status = (dialect: Dialect) => operationUpdate(waiting, log, { dialect, now }).operation.status;
    expect(DIALECTS.map(status)).to.deep.equal(['in-progress', 'in-progress', 'in-progress', 'pending']);
    expect(operationUpdate(waiting, log, { dialect: 'next', now }).operation).to.include({
      retry_count: 2,
      next_retry_at: timestamp,
      is_persistent: true,
    });
  });

  it('have null for an image that is gone, and an empty log for none', () => {
    const { operation } = operationUpdate({ ...upgrade, image: null }, undefined, { dialect: 'upstream', now });
    expect(operation).to.include({ image: null, log: '' });
  });

  it('say in the first line of the log that its beginning is missing', () => {
    const shown = operationUpdate(upgrade, { text: 'b\nc', omitted: 12 }, { dialect: 'union', now }).operation.log;
    expect(shown).to.equal('[... 12 earlier entries not shown]\nb\nc');
  });
});

describe('the messages about a campaign', () => {
  const counts = { ...NO_COUNTS, completed: 1, total: 4, pending: 2, inProgress: 3, success: 1 };
  const campaign = campaignOf(1, { phase: 'running' });

  it('answer with everything, without a timestamp', () => {
    const state = (dialect: Dialect) => batchState(batchCounts(campaign, counts, dialect), [{ upgrade, log }], dialect);
    const batch_status = { status: 'in-progress', completed: 1, total: 4 };
    for (const dialect of ['documented', 'upstream'] as const) {
      expect(state(dialect)).to.deep.equal({ type: 'batch_state', batch_status, operations: [OPERATION] });
    }
    expect(state('union')).to.deep.equal({
      type: 'batch_state',
      batch_status: { ...batch_status, pending: 2 },
      operations: [EXTENDED],
    });
  });

  it('tell its status', () => {
    const status = (dialect: Dialect) => batchStatus(batchCounts(campaign, counts, dialect), { dialect, now });
    const plain = { type: 'batch_status', status: 'in-progress', completed: 1, total: 4 };
    expect(status('documented')).to.deep.equal(plain);
    expect(status('upstream')).to.deep.equal({ ...plain, timestamp });
    expect(status('union')).to.deep.equal({ ...plain, pending: 2, timestamp });
    const scheduled = campaignOf(1, { phase: 'scheduled' });
    expect(batchCounts(scheduled, counts, 'next').status).to.equal('scheduled');
    expect(batchCounts(scheduled, counts, 'union').status).to.equal('idle');
  });

  it('tell how one of its operations goes on', () => {
    const progress = (dialect: Dialect) => operationProgress(upgrade, { dialect, now });
    const plain = {
      type: 'operation_progress',
      operation_id: ID,
      status: 'in-progress',
      progress: 20,
      modified: '2026-07-01T08:00:00.123Z',
      device_id: DEVICE,
      device_name: 'default-device',
      image_name: 'Routers v2.0: Model X',
    };
    expect(progress('documented')).to.deep.equal(plain);
    expect(progress('upstream')).to.deep.equal({ ...plain, timestamp });
    expect(progress('union')).to.deep.equal({ ...plain, ...EXTENSION, timestamp });
    expect(operationProgress({ ...upgrade, image: null }, { dialect: 'union', now }).image_name).to.equal(null);
  });
});

describe('what a client says', () => {
  const read = (message: unknown) =>
    readClientMessage(typeof message === 'string' ? message : JSON.stringify(message), {
      key: 'device_id',
      id: DEVICE,
    });

  it('is a question for the state, with the id of the endpoint or without', () => {
    expect(read({ type: 'request_current_state' })).to.equal('state');
    expect(read({ type: 'request_current_state', device_id: DEVICE })).to.equal('state');
    expect(read({ type: 'request_current_state', operation_id: ID })).to.equal('state');
  });

  it('has no effect if it is about another object, or not understood', () => {
    expect(read({ type: 'request_current_state', device_id: ID })).to.equal('other-object');
    expect(read({ type: 'request_current_state', device_id: null })).to.equal('other-object');
    for (const unknown of [{ type: 'subscribe' }, {}, { type: 1 }]) expect(read(unknown)).to.equal('unknown');
    for (const odd of ['', '{', 'null', '[]', '1', '"x"', '['.repeat(1000)])
      expect(read(odd), odd).to.equal('malformed');
  });
});
