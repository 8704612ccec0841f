import { expect } from 'chai';
import { ChangeBuffer } from '../src/change-buffer.js';

describe('ChangeBuffer', () => {
  it('takes nothing of a value that cannot be written, so that texts stay with their changes', () => {
    const buffer = new ChangeBuffer();
    const endless: { self?: unknown } = {};
    endless.self = endless;
    buffer.append(1, 1, { micros: 1, value: 'one' });
    expect(() => buffer.append(1, 1, { micros: 2, value: endless })).to.throw(TypeError);
    buffer.append(1, 1, { micros: 3, value: 4 });
    expect(buffer.size).to.equal(2);
    const { micros, numbers } = buffer.take();
    expect([[...micros], [...numbers]]).to.deep.equal([
      [1, 3],
      [Number.NaN, 4],
    ]);
  });
});
