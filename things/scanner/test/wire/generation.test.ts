import { expect } from 'chai';
import { encodeRegister, encodeTransfer, encodeUpdate, PING } from '../../src/wire/device-encoder.js';
import { decodeDeviceFrame } from '../../src/wire/device-frame.js';
import { type Generation, recogniseGeneration } from '../../src/wire/generation.js';

const DETAILS = { deviceName: null, serialNumber: null, manufacturer: null, modality: null, site: null };
const REGISTER = encodeRegister(DETAILS, null);
const HEADER = { taskID: 'x', capability: 'y', fileName: 'z', size: 1, sha256: 'a'.repeat(64) };

const after = (...texts: readonly string[]): Generation =>
  texts.reduce<Generation>(
    (known, text, index) => recogniseGeneration(known, decodeDeviceFrame(Buffer.from(text)), index === 0),
    'unknown',
  );

describe('The generation of a connection', () => {
  it('is the first if the device registers first', () => {
    expect(after(REGISTER)).to.equal('gen-1');
    expect(after(REGISTER, encodeUpdate({ status: 'ONLINE', data: null }))).to.equal('gen-1');
  });

  it('is the second if the device greets, pings, or says what only that one says', () => {
    expect(after(encodeUpdate({ status: 'ONLINE', data: null }), REGISTER)).to.equal('gen-2');
    expect(after(REGISTER, PING)).to.equal('gen-2');
    expect(after(REGISTER, encodeUpdate({ status: 'ONLINE', data: {} }))).to.equal('gen-2');
    expect(after(encodeTransfer({ ...HEADER, parameter: {} }))).to.equal('gen-2');
  });

  it('is not known before a frame tells', () => {
    expect(after()).to.equal('unknown');
    expect(after(encodeUpdate({ status: 'BUSY', data: null }), REGISTER)).to.equal('unknown');
    expect(after('[]', encodeTransfer(HEADER))).to.equal('unknown');
  });
});
