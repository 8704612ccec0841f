import type { CampaignManager } from './campaign-target.js';

/** A dry run, as the Thing answers it. */
type Planned = Awaited<ReturnType<CampaignManager['actions']['dryRun']>['output']>;
type Reason = Planned['skippedByReason'][number]['reason'];

/** Why devices are left out, in words that follow their number. */
const WORDS: Readonly<Record<Reason, string>> = {
  excluded: 'excluded',
  deactivated: 'deactivated',
  'up-to-date': 'up to date',
  busy: 'held by another campaign or upgrade',
  'no-image': 'without an image for them in this build',
  'wrong-model': 'of another model than their image is for',
  'no-driver': 'without a driver',
  'options-not-supported': 'with a driver that does not take these options',
};

/** Why a plan upgrades nobody, in words; undefined for one that does. */
export function nothingToDo(
  { total, skippedTotal, skippedByReason }: Pick<Planned, 'total' | 'skippedTotal' | 'skippedByReason'>,
  { firmwareless }: { readonly firmwareless: boolean },
): string | undefined {
  if (total > 0) return undefined;
  if (skippedTotal === 0) {
    const hint = firmwareless ? '' : '; --firmwareless takes those too of which nothing is known, if their model fits';
    return `nothing to upgrade: no device matches${hint}`;
  }
  const [only] = skippedByReason;
  if (only && only.count === skippedTotal) {
    return `nothing to upgrade: ${skippedTotal === 1 ? 'the only one is' : `all ${skippedTotal} are`} ${WORDS[only.reason]}`;
  }
  const parts = skippedByReason.map(({ reason, count }) => `${count} ${WORDS[reason]}`);
  return `nothing to upgrade: ${parts.join(', ')}`;
}
