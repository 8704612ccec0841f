import { ERROR_CODES, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { HTTP_STATUS, problemOf, toProblem } from '../src/problem.js';

describe('toProblem', () => {
  it('has a failure status and its phrase for every code', () => {
    for (const code of ERROR_CODES) {
      const problem = toProblem(new ThingError(code, 'why'));
      expect(problem.status, code).to.equal(HTTP_STATUS[code]).and.to.be.within(400, 599);
      expect(problem.title, code).to.equal(problemOf(problem.status).title).and.to.not.equal('Error');
      expect(problem.detail).to.equal('why');
    }
  });

  it('tells faults, errors by name and values, and never the cause', () => {
    const error = new ThingError('failed', 'two failed', {
      cause: new Error('secret'),
      faults: [{ path: '/a', message: 'must be a number' }],
      errors: { a: new ThingError('notFound', 'no a') },
      values: { b: 1 },
    });
    expect(toProblem(error)).to.deep.equal({
      status: 500,
      title: 'Internal Server Error',
      detail: 'two failed',
      faults: [{ path: '/a', message: 'must be a number' }],
      errors: { a: { status: 404, title: 'Not Found', detail: 'no a' } },
      values: { b: 1 },
    });
    expect(JSON.stringify(toProblem(error))).to.not.contain('secret');
  });
});
