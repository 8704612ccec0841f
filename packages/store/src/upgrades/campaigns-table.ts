import type { Backends } from '../backends.js';
import type { CampaignRows } from './campaign-rows.js';
import { partOf } from './page.js';
import { campaignsThat } from './upgrade-search.js';
import type { UpgradeWriter } from './upgrade-writer.js';

/** The campaigns of a store. */
export function createCampaignRows(backends: Backends, writer: UpgradeWriter): CampaignRows {
  const { db } = backends.writer;
  return {
    async get(id) {
      const row = await db.selectFrom('campaigns').select('kept').where('id', '=', id).executeTakeFirst();
      return row?.kept;
    },
    async requested(createdBy, clientKey) {
      const row = await db
        .selectFrom('campaigns')
        .select('kept')
        .where('created_by', '=', createdBy)
        .where('client_key', '=', clientKey)
        .executeTakeFirst();
      return row?.kept;
    },
    async add(row, added, skipped) {
      const written = await writer.write({ type: 'add', added, replaced: [], campaign: { row, skipped } });
      return written.type === 'kept' ? written.positions : [];
    },
    async replace(row, expected) {
      return (await writer.write({ type: 'replaceCampaign', row, expected })).type === 'kept';
    },
    async find(query = {}) {
      const { offset, limit } = partOf(query);
      const { by, isDescending } = query.order ?? { by: 'created', isDescending: true };
      const where = campaignsThat(query);
      if (!where) return { items: [], count: 0 };
      const found = backends.reader().db.selectFrom('campaigns').where(where);
      const { count } = await found.select((e) => e.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
      const rows = await found
        .select('kept')
        .orderBy(by, isDescending ? 'desc' : 'asc')
        .orderBy('id')
        .limit(limit)
        .offset(offset)
        .execute();
      return { items: rows.map(({ kept }) => kept), count };
    },
    async skipped(id, page = {}) {
      const { offset, limit } = partOf(page);
      const found = backends.reader().db.selectFrom('campaign_skips').where('campaign', '=', id);
      const { count } = await found.select((e) => e.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
      const items = await found
        .select(['device', 'name as deviceName', 'organization', 'reason'])
        .orderBy('place')
        .limit(limit)
        .offset(offset)
        .execute();
      return { items, count };
    },
    async remove(id) {
      return (await writer.write({ type: 'removeCampaign', id })).type === 'kept';
    },
  };
}
