import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { createSeal } from '../src/seal.js';

describe('createSeal', () => {
  const seal = createSeal('a secret');

  it('opens what it has closed, and never closes it the same way twice', () => {
    const sealed = seal.close('grüße', 'pump');
    expect(createSeal('a secret').open(sealed, 'pump')).to.equal('grüße');
    expect(seal.close('grüße', 'pump').equals(sealed)).to.equal(false);
    expect(sealed.includes('grüße')).to.equal(false);
  });

  it('opens nothing of another secret, for another purpose, changed or cut', () => {
    const sealed = seal.close('grüße', 'pump');
    const changed = Buffer.from(sealed);
    changed[14] = (changed[14] ?? 0) ^ 1;
    for (const open of [
      () => createSeal('another').open(sealed, 'pump'),
      () => seal.open(sealed, 'lamp'),
      () => seal.open(changed, 'pump'),
      () => seal.open(sealed.subarray(0, -1), 'pump'),
      () => seal.open(Buffer.alloc(0), 'pump'),
    ]) {
      expect(open).to.throw(ThingError).with.property('code', 'failed');
    }
  });
});
