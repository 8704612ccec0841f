import { ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { expect } from 'chai';
import { keptRows, startOf, type Upgrade } from '../src/index.js';
import { scheduleAt } from '../src/schedule.js';
import { campaignOf, groupOf, START, upgradeOf } from './fixture.js';

describe('rows that were kept as JSON', () => {
  const rows = keptRows(compileCheck);
  const upgrade: Upgrade = {
    ...upgradeOf(1, { campaign: 'c', clientKey: 'k' }),
    pausedFrom: 'queued',
    cancelRequest: { by: 'user:bob', at: START },
    lease: { holder: 'w', fence: 1, until: START },
    verified: { version: '2.0', bootID: null, at: START },
  };

  it('are read as they were', () => {
    for (const one of [upgrade, upgradeOf(2)]) {
      expect(rows.upgrade(JSON.parse(JSON.stringify(one)))).to.deep.equal(one);
    }
    const campaign = campaignOf(1, {
      groups: [groupOf('a', 3, { success: { percent: 90 }, error: { count: 1 }, concurrency: 5 })],
      schedule: {
        timeZone: 'Europe/Berlin',
        startAt: '2026-12-24T22:00:00',
        windows: [{ days: ['monday'], from: '22:00', to: '05:00' }],
      },
      decision: { decision: 'approved', by: 'user:bob', at: START, remark: '' },
    });
    for (const one of [campaign, campaignOf(2)]) {
      expect(rows.campaign(JSON.parse(JSON.stringify(one)))).to.deep.equal(one);
    }
  });

  it('are read also where a campaign begins between two seconds, as programs say it', () => {
    const startAt = Date.parse('2026-12-24T22:00:00.123Z');
    const one = campaignOf(1, { schedule: scheduleAt(startAt) });
    expect(rows.campaign(JSON.parse(JSON.stringify(one)))).to.deep.equal(one);
    expect(one.schedule && startOf(one.schedule)).to.equal(startAt);
  });

  it('are refused in another shape, which is told without what stands there', () => {
    const refused: readonly (readonly [() => unknown, string])[] = [
      [() => rows.upgrade({ ...upgrade, phase: 'unheard-of' }), '/phase '],
      [() => rows.upgrade({ ...upgrade, seq: undefined }), 'seq'],
      [() => rows.campaign({ ...campaignOf(1), groups: 1 }), '/groups '],
      [() => rows.upgrade(null), 'must be'],
    ];
    for (const [read, told] of refused) {
      expect(read)
        .to.throw(ThingError, told)
        .that.satisfies(({ code, message }: ThingError) => code === 'failed' && !message.includes('unheard-of'));
    }
  });
});
