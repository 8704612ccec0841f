import { expect } from 'chai';
import * as t from 'typebox';
import { parseUriVariables } from '../src/uri-variables.js';

const uriVariables = {
  count: t.Integer(),
  ratio: t.Number(),
  on: t.Boolean(),
  name: t.String(),
  size: t.Enum([1, 2]),
  colour: t.Enum(['red', '1']),
};
const parse = (query: unknown) => parseUriVariables({ uriVariables }, query);

describe('parseUriVariables', () => {
  it('gives values of the declared types', () => {
    expect(parse({ count: '-3', ratio: '1.5e3', on: 'true', name: '12', size: '2', colour: '1' })).to.deep.equal({
      count: -3,
      ratio: 1500,
      on: true,
      name: '12',
      size: 2,
      colour: '1',
    });
  });

  it('leaves as text what is none of the type', () => {
    expect(parse({ count: '0x10', ratio: ' 1', on: 'yes' })).to.deep.equal({ count: '0x10', ratio: ' 1', on: 'yes' });
    expect(parse({ count: ['1', '2'] })).to.deep.equal({ count: ['1', '2'] });
  });

  it('leaves out what is not declared, and gives nothing where nothing is', () => {
    expect(parse({ other: '1', toString: 'x' })).to.deep.equal({});
    expect(parseUriVariables({}, { count: '1' })).to.equal(undefined);
    expect(parseUriVariables(undefined, { count: '1' })).to.equal(undefined);
  });
});
