import { expect } from 'chai';
import { NEVER } from 'rxjs';
import { ACTION_STATUS, allEvents, hasAsynchronousActions } from '../src/action-status.js';
import { compileCheck } from '../src/checks/index.js';
import { ANONYMOUS, createSite, defineThing, expose } from '../src/index.js';

const Mixed = defineThing({
  title: 'Mixed',
  actions: { slow: {}, quick: { synchronous: true } },
  events: { own: {} },
});

describe('The event actionStatus', () => {
  it('is there if, and only if, an action is asynchronous', () => {
    expect(hasAsynchronousActions(Mixed)).to.equal(true);
    expect(Object.keys(allEvents(Mixed))).to.deep.equal(['own', ACTION_STATUS]);
    for (const model of [{ title: 'T' }, { title: 'T', actions: { quick: { synchronous: true } } }]) {
      expect(hasAsynchronousActions(model)).to.equal(false);
      expect(allEvents(model)).to.deep.equal({});
    }
  });

  it('has data that its schema lets through, and names the asynchronous actions alone', () => {
    const schema = allEvents(Mixed)[ACTION_STATUS]?.data;
    if (!schema) throw new Error('no data');
    const { fits } = compileCheck(schema);
    const data = { action: 'slow', actionID: 'd2bef5b2-3ec4-4693-828b-07fe0295f307', state: 'running' };
    expect(fits(data)).to.equal(true);
    expect(fits({ ...data, progress: { percent: 1 }, log: 'line' })).to.equal(true);
    expect(fits({ ...data, action: 'quick' })).to.equal(false);
    expect(fits({ ...data, state: 'done' })).to.equal(false);
  });

  it('is an event affordance of the Thing Description', async () => {
    await using site = createSite({ compileCheck });
    site.addForms(() => [{ href: 'x' }]);
    const mixed = expose(Mixed, () => ({
      actions: { slow: () => undefined, quick: () => undefined },
      events: { own: NEVER },
    }));
    const thing = site.add('m', mixed);
    const { events } = site.describe(thing, 'http://h', ANONYMOUS);
    expect(Object.keys(events ?? {})).to.deep.equal(['own', ACTION_STATUS]);
  });
});
