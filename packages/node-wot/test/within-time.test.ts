import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { withinTime } from '../src/within-time.js';

describe('withinTime', () => {
  const what = "Property 'level' of 'Pump'";

  it('gives an answer, or why there is none', async () => {
    expect(await withinTime(Promise.resolve(7), { milliseconds: 1000, what })).to.equal(7);
    const failed = withinTime(Promise.reject(new Error('away')), { milliseconds: 1000, what });
    expect(String(await failed.catch((error: unknown) => error))).to.equal('Error: away');
  });

  it('does not wait for ever', async () => {
    const scheduler = new VirtualTimeScheduler();
    const waiting = withinTime(new Promise(() => undefined), { milliseconds: 1000, what, scheduler });
    scheduler.flush();
    const error: unknown = await waiting.catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(ThingError).and.to.include({ code: 'timeout' });
    expect(String(error)).to.include(`${what} was not answered within 1000 ms`);
    expect(scheduler.now()).to.equal(1000);
  });
});
