import { ERROR_CODES, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { fromProblem, statusOf, toProblem } from '../src/index.js';
import { ERROR_TYPE_PREFIX } from '../src/provisional.js';

describe('Problem Details', () => {
  it('has a status for every code, typed where the draft has a type, and comes back as the same code', () => {
    for (const code of ERROR_CODES) {
      const problem = toProblem(new ThingError(code, 'why'), false);
      const status = statusOf(code);
      const typed = [400, 403, 404, 500, 503].includes(status);
      expect(problem).to.include({ status, type: typed ? `${ERROR_TYPE_PREFIX}${status}` : 'about:blank' });
      expect(fromProblem(problem)).to.include({ code, detail: 'why' });
    }
  });

  it('never answers 401, which the protocol does not know', () => {
    expect(ERROR_CODES.map(statusOf)).not.to.include(401);
  });

  it('decides on the status where the peer does not say our code', () => {
    expect(fromProblem({ status: 418, title: 'Teapot' })).to.include({ code: 'invalid', detail: 'Teapot' });
    expect(fromProblem({ status: 599 })).to.include({ code: 'failed' });
    expect(fromProblem('broken')).to.include({ code: 'protocol' });
  });
});
