import { expect } from 'chai';
import { parseArgument } from '../src/json-argument.js';

describe('parseArgument', () => {
  it('reads JSON as JSON, and words as a text', () => {
    for (const [argument, value] of [
      ['20', 20],
      ['true', true],
      ['null', null],
      ['"20"', '20'],
      ['{"to": 1}', { to: 1 }],
      ['MANUAL', 'MANUAL'],
      ['two words', 'two words'],
      ['{not json', '{not json'],
      ['', ''],
    ] as const) {
      expect(parseArgument(argument), argument).to.deep.equal(value);
    }
  });
});
