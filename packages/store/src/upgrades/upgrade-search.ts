import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { Tables } from '../tables.js';
import type { CampaignRowQuery } from './campaign-rows.js';
import type { UpgradeRowFilter } from './upgrade-rows.js';

/** What upgrades have to be; undefined: none can. */
export function upgradesThat({
  campaign,
  group,
  device,
  image,
  organizations,
  phases,
}: UpgradeRowFilter): ((e: ExpressionBuilder<Tables, 'upgrades'>) => Expression<SqlBool>) | undefined {
  if (organizations?.length === 0 || phases?.length === 0) return undefined;
  return (e) =>
    e.and([
      ...(campaign === undefined ? [] : [e('campaign', '=', campaign)]),
      ...(group === undefined ? [] : [e('group_number', '=', group)]),
      ...(device === undefined ? [] : [e('device', '=', device)]),
      ...(image === undefined ? [] : [e('image', '=', image)]),
      ...(organizations === undefined ? [] : [e('organization', 'in', organizations)]),
      ...(phases === undefined ? [] : [e('phase', 'in', phases)]),
    ]);
}

/** What campaigns have to be; undefined: none can. */
export function campaignsThat({
  build,
  organizations,
  phases,
  outcomes,
  created,
}: CampaignRowQuery): ((e: ExpressionBuilder<Tables, 'campaigns'>) => Expression<SqlBool>) | undefined {
  if (organizations?.length === 0 || phases?.length === 0 || outcomes?.length === 0) return undefined;
  const named = organizations?.flatMap((organization) => organization ?? []);
  return (e) =>
    e.and([
      ...(build === undefined ? [] : [e('build', '=', build)]),
      ...(named === undefined
        ? []
        : [
            e.or([
              ...(named.length > 0 ? [e('organization', 'in', named)] : []),
              ...(organizations?.includes(null) ? [e('organization', 'is', null)] : []),
            ]),
          ]),
      ...(phases === undefined ? [] : [e('phase', 'in', phases)]),
      ...(outcomes === undefined ? [] : [e('outcome', 'in', outcomes)]),
      ...(created === undefined ? [] : [e('created', '=', created)]),
    ]);
}
