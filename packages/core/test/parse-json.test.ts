import { expect } from 'chai';
import fc from 'fast-check';
import { parseJSON } from '../src/index.js';

describe('parseJSON', () => {
  it('gives what JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const padded = `${JSON.stringify(value)}${' '.repeat(600)}`;
        expect(parseJSON(padded)).to.deep.equal(JSON.parse(padded));
      }),
    );
  });

  it('refuses what is not JSON, and what is nested more than 500 deep', () => {
    const nested = (depth: number): string => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;
    expect(parseJSON('{')).to.equal(undefined);
    expect(parseJSON(nested(500))).to.be.an('array');
    expect(parseJSON(nested(502))).to.equal(undefined);
    expect(parseJSON('['.repeat(1_000_000))).to.equal(undefined);
  });

  it('counts no brackets in strings', () => {
    const text = JSON.stringify(`${'['.repeat(600)}\\"${'{'.repeat(600)}`);
    expect(parseJSON(text)).to.equal(JSON.parse(text));
  });
});
