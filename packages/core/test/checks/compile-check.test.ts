import { expect } from 'chai';
import fc from 'fast-check';
import * as t from 'typebox';
import { compileCheck } from '../../src/checks/index.js';

const Order = t.Object({ size: t.Integer({ minimum: 1 }), colour: t.Enum(['red', 'blue']) });

describe('A compiled check', () => {
  it('is made once for each schema object', () => {
    expect(compileCheck(Order)).to.equal(compileCheck(Order));
    expect(compileCheck(Order)).to.not.equal(compileCheck(t.Object({})));
  });

  it('names every fault by its JSON Pointer', () => {
    const { fits, faults } = compileCheck(Order);
    const value = { size: 0, colour: 'green' };
    expect(fits(value)).to.equal(false);
    const paths = new Set(faults(value).map(({ path }) => path));
    expect(paths).to.deep.equal(new Set(['/size', '/colour']));
    expect(faults('x')[0]).to.include({ path: '' });
    expect(faults({ size: 1, colour: 'red' })).to.deep.equal([]);
  });

  it('says of a member that must not be there that it is not known', () => {
    const { faults } = compileCheck(t.Object({ size: t.Optional(t.Integer()) }, { additionalProperties: false }));
    expect(faults({ sise: 1 })[0]).to.deep.equal({ path: '/sise', message: 'is not known' });
  });

  it('finds a fault in just what does not fit, and never throws', () => {
    const { fits, faults } = compileCheck(Order);
    const near = fc.record({ size: fc.integer(), colour: fc.constantFrom('red', 'green') });
    fc.assert(fc.property(fc.oneof(near, fc.jsonValue()), (value) => fits(value) === (faults(value).length === 0)));
  });

  it('takes NaN and the infinities for no number', () => {
    const { fits } = compileCheck(t.Number());
    expect([1.5, Number.NaN, Number.POSITIVE_INFINITY].map(fits)).to.deep.equal([true, false, false]);
  });
});
