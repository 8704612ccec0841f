import { expect } from 'chai';
import { ERROR_CODES, ThingError } from '../src/index.js';

describe('A ThingError', () => {
  it('carries its code, its detail and only what it was given', () => {
    const error = new ThingError('tooMany', 'Slower', { retryAfter: 0 });
    expect(error).to.be.instanceOf(Error);
    expect(error).to.include({
      name: 'ThingError',
      code: 'tooMany',
      detail: 'Slower',
      message: 'Slower',
      retryAfter: 0,
    });
    for (const absent of ['faults', 'errors', 'values']) expect(Object.keys(error)).to.not.include(absent);
    expect(error.cause).to.equal(undefined);
  });

  it('is made of anything that can be thrown, and stays itself', () => {
    const own = new ThingError('conflict', 'No');
    expect(ThingError.from(own, 'other')).to.equal(own);
    for (const thrown of [new Error('x'), 'x', 0, null, undefined, { code: 'conflict' }]) {
      const made = ThingError.from(thrown, 'It failed');
      expect(made).to.include({ code: 'failed', detail: 'It failed' });
      expect(made.cause).to.equal(thrown);
    }
  });

  it('knows each code once', () => {
    expect(new Set(ERROR_CODES).size).to.equal(ERROR_CODES.length);
  });
});
