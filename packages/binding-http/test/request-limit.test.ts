import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { createRequestLimit } from '../src/request-limit.js';

describe('a request limit', () => {
  it('lets a burst through, then as many as the rate says', () => {
    let now = 0;
    const limit = createRequestLimit({ perSecond: 2, burst: 3 }, () => now);
    for (let i = 0; i < 3; i++) limit('ada');
    expect(() => limit('ada'))
      .to.throw(ThingError)
      .with.include({ code: 'tooMany', retryAfter: 0.5 });
    now = 500;
    limit('ada');
    expect(() => limit('ada')).to.throw(ThingError);
    now = 60_000;
    for (let i = 0; i < 3; i++) limit('ada');
    expect(() => limit('ada')).to.throw(ThingError);
  });

  it('counts each caller alone', () => {
    const limit = createRequestLimit({ perSecond: 1, burst: 1 }, () => 0);
    limit('ada');
    limit('bob');
    expect(() => limit('ada')).to.throw(ThingError);
  });

  it('forgets callers that have been quiet, and no others', () => {
    let now = 0;
    const limit = createRequestLimit({ perSecond: 1, burst: 1 }, () => now);
    for (let i = 0; i < 1000; i++) limit(`early ${i}`);
    now = 1000;
    limit('ada');
    limit('bob');
    expect(() => limit('ada')).to.throw(ThingError);
  });

  it('refuses a rate that is none', () => {
    expect(() => createRequestLimit({ perSecond: 0 })).to.throw(RangeError);
    expect(() => createRequestLimit({ perSecond: 1, burst: 0 })).to.throw(RangeError);
    expect(() => createRequestLimit({ perSecond: Number.NaN })).to.throw(RangeError);
  });
});
