import { expect } from 'chai';
import { encodeMetadata, readMetadata } from '../../src/wire/metadata.js';
import { METADATA } from './discovery-packets.js';

const read = (text: string) => readMetadata(Buffer.from(text));

describe('The metadata of a touch answer', () => {
  it('reads what was written', () => {
    expect(readMetadata(encodeMetadata(METADATA))).to.deep.equal(METADATA);
    const bare = { ...METADATA, serial: 'FL00000001', time: undefined, hasPassword: false };
    expect(readMetadata(encodeMetadata(bare))).to.deep.equal(bare);
  });

  it('2.6: splits at the first = only, and passes over items without', () => {
    expect(read('ver=1.7.0\0name=a=b=c\0nonsense\0=x')).to.include({ version: '1.7.0', name: 'a=b=c' });
  });

  it('2.11.8: has defaults for all but the version', () => {
    expect(read('ver=1.7.0')).to.deep.equal({
      serial: undefined,
      version: '1.7.0',
      model: 'UNKNOW_MODEL',
      name: 'NONAME',
      hasPassword: false,
      time: undefined,
    });
    expect(read('name=Bob')).to.equal(undefined);
    expect(read('')).to.equal(undefined);
  });

  it('lets no text steer a terminal, nor be without end, nor a time be no number', () => {
    const odd = read(`ver=1.7.0\0name=\u001b[2J${'x'.repeat(1000)}\0time=soon`);
    expect(odd?.name).to.have.length(256);
    expect(odd?.name).to.match(/^\u{fffd}\[2J/u);
    expect(read('ver=1.7.0\0name=a\u202eb\u2066c\u2028d\u009be')?.name).to.equal(
      'a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e',
    );
    expect(read('ver=1.7.0\0name=Drucker für 電池')?.name).to.equal('Drucker für 電池');
    expect(odd?.time).to.equal(undefined);
  });
});
