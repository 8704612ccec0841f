import { toThingModel } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { expect } from 'chai';
import { CampaignRequest, Campaigns, CampaignThing, DeviceUpgrader, Operation, UpgradeOptions } from '../src/index.js';

describe('the Models of the upgrader', () => {
  for (const model of [DeviceUpgrader, CampaignThing, Campaigns]) {
    it(`'${model.title}' can be said as a Thing Model`, () => {
      const description = JSON.stringify(toThingModel(model));
      expect(description).not.to.match(/anyOf|patternProperties/);
    });
  }

  it('what takes arguments is a safe synchronous action', () => {
    const reads = [
      ...Object.entries(DeviceUpgrader.actions),
      ...Object.entries(CampaignThing.actions),
      ...Object.entries(Campaigns.actions),
    ].filter(([name]) => /^(list|read|dryRun)/.test(name));
    expect(reads).to.have.length(8);
    for (const [name, action] of reads) expect(action, name).to.include({ synchronous: true, safe: true });
  });

  it('an operation has one of the five statuses, whatever its phase is', () => {
    const check = compileCheck(Operation);
    const operation = {
      id: '11111111-1111-4111-8111-111111111111',
      device: '33333333-3333-4333-8333-333333333333',
      image: null,
      status: 'in-progress',
      log: '',
      progress: 0,
      modified: '2026-07-01T08:00:00.123Z',
      created: '2026-07-01T07:59:30.000Z',
      phase: 'waiting-device',
      seq: 1,
      retry_count: 1,
      next_retry_at: '2026-07-01T09:00:00.000Z',
      is_persistent: true,
    };
    expect(check.fits(operation)).to.equal(true);
    expect(check.fits({ ...operation, status: 'pending' })).to.equal(false);
    expect(check.fits({ ...operation, progress: 101 })).to.equal(false);
  });

  it('options are flags that are known, and nothing else', () => {
    const check = compileCheck(UpgradeOptions);
    expect(check.fits({ c: false, n: true })).to.equal(true);
    expect(check.fits({ c: 1 })).to.equal(false);
    expect(check.fits({ x: true })).to.equal(false);
  });

  it('what is asked of a campaign is known by its name: what is misspelt is not left out', () => {
    const check = compileCheck(CampaignRequest);
    const build = '11111111-1111-4111-8111-111111111111';
    const window = { days: [], from: '22:00', to: '04:00' };
    const order = {
      build,
      needsApproval: true,
      groups: [{ name: 'canary', success: { percent: 100 }, error: { count: 0 } }],
      schedule: { timeZone: 'Europe/Berlin', startAt: null, windows: [window] },
    };
    expect(check.fits(order)).to.equal(true);
    const misspelt = [
      { ...order, needApproval: true },
      { ...order, groups: [{ name: 'canary', sucess: { percent: 100 } }] },
      { ...order, groups: [{ name: 'canary', error: { percentage: 10 } }] },
      { ...order, schedule: { ...order.schedule, start: '2026-12-24T22:00' } },
      { ...order, schedule: { ...order.schedule, windows: [{ ...window, day: 'monday' }] } },
    ];
    for (const wrong of misspelt) expect(check.fits(wrong), JSON.stringify(wrong)).to.equal(false);
  });
});
