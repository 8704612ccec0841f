import { expect } from 'chai';
import { harmless, show } from '../src/terminal.js';

describe('harmless', () => {
  it('writes what would steer a terminal as JSON escapes, and leaves lines and words', () => {
    expect(harmless('two\n\twords, 20 °C, 電池')).to.equal('two\n\twords, 20 °C, 電池');
    expect(harmless('gnp\u202eexe')).to.equal('gnp\\u202eexe');
    expect(harmless('\u001b]0;title\u0007\r\u009b2J\u007f')).to.equal('\\u001b]0;title\\u0007\\u000d\\u009b2J\\u007f');
  });

  it('leaves JSON what it is', () => {
    const value = { text: '\u001b\u009b31m\n' };
    expect(JSON.parse(harmless(show(value)))).to.deep.equal(value);
  });
});
