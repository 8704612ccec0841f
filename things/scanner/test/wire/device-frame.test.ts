import { expect } from 'chai';
import fc from 'fast-check';
import { encodeRegister, encodeTransfer, encodeUpdate, PING } from '../../src/wire/device-encoder.js';
import { type DeviceFrame, decodeDeviceFrame } from '../../src/wire/device-frame.js';

const decode = (value: unknown): DeviceFrame =>
  decodeDeviceFrame(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
const reasonOf = (value: unknown): string => {
  const frame = decode(value);
  return 'reason' in frame ? frame.reason : `${frame.kind} was decoded`;
};

const TASK = '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33';
const DETAILS = { deviceName: 'sim', serialNumber: '1', manufacturer: 'x', modality: 'MRI', site: 'B' };
const SHA256 = 'a'.repeat(64);
const update = (members: object) => ({
  command: 'update_status',
  status: 'BUSY',
  data: null,
  task_id: null,
  user_access_token: null,
  ...members,
});
const transfer = (members: object) => ({
  command: 'file-transfer',
  task_id: TASK,
  user_access_token: 'key',
  filename: 'data.mrd',
  size_bytes: 2_467_920,
  content_type: 'application/x-ismrmrd+hdf5',
  sha256: SHA256,
  ...members,
});

describe('The decoder of device frames', () => {
  it('reads a registration, with what the device reports of itself', () => {
    const parameter = { larmor_frequency: 2_025_000 };
    expect(decode(encodeRegister(DETAILS, parameter))).to.deep.equal({ kind: 'register', details: DETAILS, parameter });
    const nothing = { deviceName: null, serialNumber: null, manufacturer: null, modality: null, site: null };
    expect(decode({ command: 'register', data: {} })).to.deep.equal({
      kind: 'register',
      details: nothing,
      parameter: undefined,
    });
  });

  it('reads every update of both generations', () => {
    const read = (text: string) => {
      const frame = decode(text);
      return frame.kind === 'update' ? frame.update : frame;
    };
    const none = { progress: undefined, message: undefined, taskID: undefined, capability: undefined, isEmpty: false };
    expect(read(encodeUpdate({ status: 'ONLINE', data: {} }))).to.deep.equal({
      ...none,
      status: 'ONLINE',
      isEmpty: true,
    });
    expect(read(encodeUpdate({ status: 'BUSY', data: null }))).to.deep.equal({ ...none, status: 'BUSY' });
    const named = { taskID: TASK, capability: 'key' };
    for (const status of ['BUSY', 'ONLINE'] as const) {
      expect(read(encodeUpdate({ status, data: { progress: 25 }, ...named }))).to.deep.equal({
        ...none,
        ...named,
        status,
        progress: 25,
      });
    }
    expect(read(encodeUpdate({ status: 'ERROR', data: { error_message: 'no coil' }, ...named }))).to.deep.equal({
      ...none,
      ...named,
      status: 'ERROR',
      message: 'no coil',
    });
    expect(read(encodeUpdate({ status: 'OFFLINE', data: {} }))).to.include({ status: 'OFFLINE', progress: undefined });
    expect(decode(PING)).to.deep.equal({ kind: 'ping' });
  });

  it('B20: cuts progress to an integer of 0 to 100, and refuses what is no number', () => {
    const progress = (value: unknown) => {
      const frame = decode(update({ data: { progress: value } }));
      return frame.kind === 'update' ? frame.update.progress : frame.kind;
    };
    expect([33.7, 500, -3, -0.5, 0, null].map(progress)).to.deep.equal([33, 100, 0, 0, 0, undefined]);
    const failed = decode(update({ status: 'ERROR', data: { progress: 'abc', error_message: 'no coil' } }));
    expect(failed, 'who has failed').to.deep.nested.include({
      'update.progress': undefined,
      'update.message': 'no coil',
    });
    expect(['abc', '33', true, {}].map(progress)).to.deep.equal(['invalid', 'invalid', 'invalid', 'invalid']);
    expect(reasonOf('{"command":"update_status","status":"BUSY","data":{"progress":1e999}}')).to.match(/number/);
    expect(reasonOf('{"command":"update_status","status":"BUSY","data":{"progress":NaN}}')).to.equal(
      'not one JSON object',
    );
  });

  it('reads the headers of both generations', () => {
    const parameter = { larmor_frequency: 2_025_000 };
    const sent = { taskID: TASK, capability: 'key', fileName: 'data.mrd', size: 2_467_920, sha256: SHA256 };
    for (const header of [sent, { ...sent, parameter }]) {
      expect(decode(encodeTransfer(header))).to.deep.equal({
        kind: 'transfer',
        header: { parameter: undefined, ...header },
      });
    }
    expect(decode(transfer({ sha256: 'A'.repeat(64), filename: null }))).to.deep.include({
      header: { ...sent, fileName: 'upload.bin', parameter: undefined },
    });
    expect(decode(transfer({ sha256: null }))).to.have.nested.property('header.sha256', undefined);
  });

  it('B1, B10: refuses headers that cannot be used, and names why', () => {
    const wrong: readonly [object, RegExp][] = [
      [{ task_id: null }, /task_id/],
      [{ task_id: 'x'.repeat(101) }, /task_id/],
      [{ user_access_token: 5 }, /user_access_token/],
      [{ filename: {} }, /filename/],
      [{ filename: 'x'.repeat(1025) }, /filename/],
      [{ size_bytes: -1 }, /size_bytes/],
      [{ size_bytes: 1.5 }, /size_bytes/],
      [{ size_bytes: '7' }, /size_bytes/],
      [{ size_bytes: 2 ** 60 }, /size_bytes/],
      [{ sha256: 'xyz' }, /sha256/],
      [{ device_parameter: [] }, /device_parameter/],
    ];
    for (const [members, reason] of wrong) {
      const frame = decode(transfer(members));
      expect(frame.kind, JSON.stringify(members)).to.equal('badTransfer');
      expect(reasonOf(transfer(members))).to.match(reason);
    }
  });

  it('B6, A15: says of bad frames what is wrong with them', () => {
    expect(reasonOf('{"command"')).to.equal('not one JSON object');
    expect(reasonOf([])).to.equal('not one JSON object');
    expect(reasonOf('')).to.equal('not one JSON object');
    expect(reasonOf('['.repeat(100_000))).to.equal('not one JSON object');
    expect(reasonOf(update({ status: 'HAPPY' }))).to.equal('Invalid status: "HAPPY"');
    expect(reasonOf(update({ task_id: 5 }))).to.match(/task_id/);
    expect(reasonOf(update({ task_id: 'x'.repeat(101) }))).to.match(/task_id/);
    expect(reasonOf(update({ user_access_token: [] }))).to.match(/user_access_token/);
    expect(reasonOf(update({ data: [] }))).to.match(/data/);
    expect(reasonOf({ command: 'register', data: [] })).to.equal('Invalid device details.');
    expect(reasonOf({ command: 'register', data: { status: 'HAPPY' } })).to.match(/status/);
    expect(reasonOf({ command: 'register', data: { site: 5 } })).to.match(/site/);
    expect(reasonOf({ command: 'register', data: { parameter: 5 } })).to.match(/parameter/);
    expect(reasonOf(' '.repeat(131_073))).to.match(/131072 bytes/);
    expect(decode({ command: 'dance' })).to.deep.equal({ kind: 'unknown', command: '"dance"' });
    expect(decode({})).to.deep.equal({ kind: 'unknown', command: 'none' });
  });

  it('never throws, whatever it is fed', () => {
    const json = fc.jsonValue();
    const near = fc.record(
      {
        command: fc.constantFrom('register', 'update_status', 'file-transfer', 'ping', 'dance'),
        status: fc.oneof(json, fc.constantFrom('BUSY', 'ONLINE', 'ERROR')),
        data: json,
        task_id: json,
        user_access_token: json,
        filename: json,
        size_bytes: json,
        sha256: json,
        device_parameter: json,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
          json.map((value) => Buffer.from(JSON.stringify(value))),
          near.map((value) => Buffer.from(JSON.stringify(value))),
        ),
        (bytes) => {
          const frame = decodeDeviceFrame(bytes);
          if (frame.kind === 'update' && frame.update.progress !== undefined) {
            expect(frame.update.progress).to.be.within(0, 100);
          }
          if (frame.kind === 'transfer') expect(frame.header.size).to.be.at.least(0);
        },
      ),
      { numRuns: 500 },
    );
  });
});
