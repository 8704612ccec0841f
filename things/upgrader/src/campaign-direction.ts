import { type Campaign, isCampaignEnded } from './campaign.js';
import { PHASE_NAMES, type Phase, stageOf } from './phase.js';
import type { Upgrade } from './upgrade.js';
import type { Direction } from './upgrade-event.js';

/** Phases that a pause ends; who waits for the own group has not begun, and goes on waiting. */
const PAUSABLE: ReadonlySet<Phase> = new Set<Phase>(['queued', 'waiting-retry', 'waiting-device', 'waiting-window']);

/**
 * What an upgrade has to be told, by what its campaign is; undefined: nothing. It follows from the two rows alone, so that whoever directs upgrades
 * can make up after a crash for what was not told. Told once, there is nothing to tell any more.
 */
export function directionOf(
  campaign: Pick<Campaign, 'phase' | 'groups'>,
  { phase, group }: Pick<Upgrade, 'phase' | 'group'>,
  { by }: { readonly by: string },
): Direction | undefined {
  if (campaign.phase === 'stopping' || isCampaignEnded(campaign)) {
    const isCancellable = stageOf(phase) === 'waiting' || stageOf(phase) === 'running';
    return isCancellable ? { type: 'cancel', by } : undefined;
  }
  if (campaign.phase === 'paused') return PAUSABLE.has(phase) ? { type: 'pause' } : undefined;
  if (campaign.phase !== 'running') return undefined;
  if (phase === 'paused') return { type: 'resume' };
  const hasBegun = campaign.groups[group]?.state !== 'waiting';
  return hasBegun && (phase === 'planned' || phase === 'waiting-group') ? { type: 'release' } : undefined;
}

/** The phases in which an upgrade may have to be told something, by what its campaign is: the others need not be read. */
export const directedPhases = (campaign: Pick<Campaign, 'phase' | 'groups'>): readonly Phase[] =>
  PHASE_NAMES.filter((phase) =>
    campaign.groups.some((_, group) => directionOf(campaign, { phase, group }, { by: '' }) !== undefined),
  );
