import { expect } from 'chai';
import fc from 'fast-check';
import { binaryText, decodeDeviceAnswer, errorText } from '../../src/wire/device-answer.js';

describe('Answers of devices', () => {
  it('4.3, 5.3: are ok, data, continue or bytes to come', () => {
    expect(decodeDeviceAnswer('ok')).to.deep.equal({ kind: 'ok', text: '' });
    expect(decodeDeviceAnswer('ok VAL 1')).to.deep.equal({ kind: 'ok', text: 'VAL 1' });
    expect(decodeDeviceAnswer('ok\nversion:1.7.0\n')).to.deep.equal({ kind: 'ok', text: 'version:1.7.0\n' });
    expect(decodeDeviceAnswer('data {"a": "\n"}')).to.deep.equal({ kind: 'data', text: '{"a": "\n"}' });
    expect(decodeDeviceAnswer('continue')).to.deep.equal({ kind: 'continue' });
    expect(decodeDeviceAnswer(binaryText('image/png', 12))).to.deep.equal({
      kind: 'binary',
      mediaType: 'image/png',
      size: 12,
    });
    for (const text of [
      'okay',
      'sign',
      'binary \u001b[2J 1',
      'binary image/png -1',
      'binary image/png 9999999999999999',
      '',
    ]) {
      expect(decodeDeviceAnswer(text)).to.deep.equal({ kind: 'other', text });
    }
  });

  it('4.4, 5.4: are errors with either prefix, and a crash that says one bare word', () => {
    expect(decodeDeviceAnswer(errorText('AUTH_ERROR'))).to.deep.equal({ kind: 'error', symbols: ['AUTH_ERROR'] });
    expect(decodeDeviceAnswer('er BAD_PARAMS ssid')).to.deep.equal({ kind: 'error', symbols: ['BAD_PARAMS', 'ssid'] });
    expect(decodeDeviceAnswer('error NOT_EXIST  NOT_FILE')).to.deep.equal({
      kind: 'error',
      symbols: ['NOT_EXIST', 'NOT_FILE'],
    });
    expect(decodeDeviceAnswer('UNKNOWN_ERROR')).to.deep.equal({ kind: 'error', symbols: ['UNKNOWN_ERROR'] });
  });

  it('decodes any text without throwing, and keeps little of an error', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', 'error ', 'er ', 'ok', 'binary '),
        fc.string({ unit: 'binary' }),
        (start, text) => {
          const answer = decodeDeviceAnswer(start + text);
          if (answer.kind === 'error') expect(answer.symbols.join(' ')).to.match(/^[!-~]+( [!-~]+)*$/);
        },
      ),
    );
    const long = decodeDeviceAnswer(`error ${'A '.repeat(10_000)}${'B'.repeat(10_000)}`);
    expect(long.kind === 'error' && long.symbols.join(' ').length).to.be.below(600);
  });
});
