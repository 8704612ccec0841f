import { expect } from 'chai';
import fc from 'fast-check';
import { acquisitionPayload } from '../../src/wire/acquisition-payload.js';
import { encodeCancel, encodeError, encodeFeedback, encodeStart, PONG } from '../../src/wire/server-encoder.js';
import { decodeServerFrame, type ServerFrame } from '../../src/wire/server-frame.js';

const decode = (value: unknown): ServerFrame =>
  decodeServerFrame(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), false);

const CONTEXT = {
  taskID: '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33',
  deviceID: '0b9f8f1c-9f0c-4a55-9f0d-0a3a6f5f2c10',
  sequenceID: '507f1f77bcf86cd799439011',
  capability: 'key',
  parameter: { larmor_frequency: 2_025_000 },
  creator: 'operator-1',
  now: '2026-03-01T10:00:00.000Z',
};
const REQUEST = { sequence: { name: 'tse', seqFile: '[VERSION]\nmajor 1' } };

describe('The frames of the server', () => {
  it('start a scan with every field that a device demands', () => {
    const frame = decode(encodeStart(acquisitionPayload(REQUEST, CONTEXT)));
    expect(frame).to.deep.equal({
      kind: 'start',
      start: {
        taskID: CONTEXT.taskID,
        capability: 'key',
        parameter: CONTEXT.parameter,
        sequence: { id: CONTEXT.sequenceID, name: 'tse', text: REQUEST.sequence.seqFile },
        limits: undefined,
      },
    });
  });

  it('B19: carry the safety limits, and the field of view', () => {
    const limits = { patientHeight: 178, patientWeight: 75, patientAge: 41 };
    const view = { fovOffset: { x: 1, y: 2, z: 3 } };
    const payload = acquisitionPayload(
      { ...REQUEST, acquisitionLimits: limits, acquisitionParameter: view, calibration: ['shims'] },
      CONTEXT,
    );
    expect(payload).to.deep.include({
      acquisition_limits: { patient_height: 178, patient_weight: 75, patient_gender: 'NOT_GIVEN', patient_age: 41 },
      acquisition_parameter: {
        fov_scaling: { x: 1, y: 1, z: 1 },
        fov_offset: { x: 1, y: 2, z: 3 },
        fov_rotation: { x: 0, y: 0, z: 0 },
      },
      calibration: ['shims'],
      sequence_id: CONTEXT.sequenceID,
      datetime_created: CONTEXT.now,
    });
    const frame = decode(encodeStart(payload));
    expect(frame).to.have.nested.property('start.limits.patient_height', 178);
  });

  it('answer, complain, beat and cancel', () => {
    expect(decode(encodeFeedback({ message: 'stored', code: 'stored', taskID: 'a', resultID: 'b' }))).to.deep.equal({
      kind: 'feedback',
      message: 'stored',
      code: 'stored',
      taskID: 'a',
      resultID: 'b',
    });
    expect(JSON.parse(encodeFeedback({ message: 'yes' }))).to.deep.equal({ command: 'feedback', message: 'yes' });
    expect(decode(encodeError('no'))).to.deep.equal({ kind: 'error', message: 'no' });
    expect(decode(PONG)).to.deep.equal({ kind: 'pong' });
    expect(decode(encodeCancel('a'))).to.deep.equal({ kind: 'cancel', taskID: 'a' });
    expect(decode({ command: 'dance' })).to.deep.equal({ kind: 'unknown', command: 'dance' });
  });

  it('are refused where a device would dial anew', () => {
    const start = JSON.parse(encodeStart(acquisitionPayload(REQUEST, CONTEXT)));
    const without = (key: string) => ({ ...start, data: { ...start.data, [key]: undefined } });
    const wrong: unknown[] = ['{', [], { command: 'start' }];
    for (const key of ['name', 'progress', 'is_template', 'results', 'device_parameter', 'acquisition_parameter']) {
      wrong.push(without(key));
    }
    wrong.push(without('sequence'));
    for (const sequence of [{ _id: undefined }, { id: 'x' }, { created_at: 5 }]) {
      wrong.push({ ...start, data: { ...start.data, sequence: { ...start.data.sequence, ...sequence } } });
    }
    for (const value of wrong) expect(decode(value).kind, JSON.stringify(value)).to.equal('invalid');
    expect(decodeServerFrame(Buffer.from('{}'), true).kind).to.equal('invalid');
  });

  it('are decoded without an exception, whatever they are', () => {
    const json = fc.jsonValue();
    const near = fc.record({ command: fc.constantFrom('start', 'feedback', 'cancel'), data: json, message: json });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          json.map((value) => JSON.stringify(value)),
          near,
        ),
        (value) => {
          expect(decode(value).kind).to.be.a('string');
        },
      ),
    );
  });
});
