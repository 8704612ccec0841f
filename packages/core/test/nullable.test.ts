import { expect } from 'chai';
import * as t from 'typebox';
import { compileCheck } from '../src/checks/index.js';
import { defineThing, nullable } from '../src/index.js';

describe('nullable', () => {
  it('lets the schema and null through, nothing else', () => {
    const { fits } = compileCheck(nullable(t.Integer()));
    expect([1, null, 'x', 1.5, undefined].map(fits)).to.deep.equal([true, true, false, false, false]);
  });

  it('is something that a Thing Description can say', () => {
    const schema = nullable(t.Object({ a: t.String() }));
    expect(() => defineThing({ title: 'T', properties: { p: { schema } } })).to.not.throw();
  });
});
