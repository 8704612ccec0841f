import { expect } from 'chai';
import fc from 'fast-check';
import {
  advanceUpgrade,
  CAMPAIGN_PHASES,
  type CampaignPhase,
  directedPhases,
  directionOf,
  isRefused,
  type Phase,
  RETRY_POLICY,
  stageOf,
  type Upgrade,
} from '../src/index.js';
import { PHASE_NAMES, progressOf } from '../src/phase.js';
import { groupOf, START, upgradeOf } from './fixture.js';

const groups = [groupOf('canary', 1, { state: 'running' }), groupOf('rest', 1)];
const told = (campaign: CampaignPhase, phase: Phase, group = 0) =>
  directionOf({ phase: campaign, groups }, { phase, group }, { by: 'user:ada' })?.type ?? 'nothing';

describe('what the upgrades of a campaign are told', () => {
  it('is to begin with their group, while it runs', () => {
    const phases = ['planned', 'waiting-group', 'queued', 'uploading', 'failed'] as const;
    expect(phases.map((phase) => told('running', phase))).to.deep.equal([
      'release',
      'release',
      'nothing',
      'nothing',
      'nothing',
    ]);
    expect(told('running', 'waiting-group', 1)).to.equal('nothing');
    expect(told('running', 'paused')).to.equal('resume');
  });

  it('is to begin with nothing, while it is paused; what is worked on goes on', () => {
    for (const phase of ['queued', 'waiting-retry', 'waiting-device', 'waiting-window'] as const) {
      expect(told('paused', phase), phase).to.equal('pause');
    }
    for (const phase of ['waiting-group', 'paused', 'uploading', 'flashing', 'cancelling', 'failed'] as const) {
      expect(told('paused', phase), phase).to.equal('nothing');
    }
  });

  it('is to end, once it is stopping or has ended; what is flashed is finished', () => {
    for (const campaign of ['stopping', 'cancelled', 'approval-denied', 'invalid'] as const) {
      expect(told(campaign, 'waiting-group', 1)).to.equal('cancel');
      expect(told(campaign, 'uploading')).to.equal('cancel');
      for (const phase of ['cancelling', 'flashing', 'succeeded'] as const)
        expect(told(campaign, phase)).to.equal('nothing');
    }
  });

  it('is nothing before it begins', () => {
    for (const campaign of ['waiting-approval', 'ready', 'scheduled'] as const) {
      for (const phase of PHASE_NAMES) expect(told(campaign, phase)).to.equal('nothing');
      expect(directedPhases({ phase: campaign, groups })).to.deep.equal([]);
    }
  });

  it('is never refused, and not told a second time', () => {
    const any = fc.tuple(fc.constantFrom(...CAMPAIGN_PHASES), fc.constantFrom(...PHASE_NAMES), fc.nat(1));
    fc.assert(
      fc.property(any, ([campaignPhase, phase, group]) => {
        const campaign = { phase: campaignPhase, groups };
        const isWorkedOn = stageOf(phase) === 'running';
        const upgrade: Upgrade = {
          ...upgradeOf(1, { group }),
          phase,
          progress: progressOf(phase)[0],
          pausedFrom: phase === 'paused' ? 'queued' : null,
          lease: isWorkedOn ? { holder: 'w', fence: 1, until: START } : null,
        };
        const direction = directionOf(campaign, upgrade, { by: 'user:ada' });
        expect(directedPhases(campaign).includes(phase) || direction === undefined).to.equal(true);
        if (!direction) return;
        const outcome = advanceUpgrade(upgrade, direction, { now: START, random: 0, policy: RETRY_POLICY });
        if (isRefused(outcome)) throw new Error(outcome.refused);
        expect(directionOf(campaign, outcome.upgrade, { by: 'user:ada' })).to.equal(undefined);
      }),
      { numRuns: 2000 },
    );
  });
});
