import { expect } from 'chai';
import fc from 'fast-check';
import type { Upgrade, UpgradeTable } from '../src/index.js';
import { drainUpgrades, upgradePages } from '../src/upgrade-pages.js';
import { upgradeOf } from './fixture.js';

/** A table of upgrades of which some cannot be read: they count, and are missing in what is read. */
function tableOf(size: number, isReadable: (number: number) => boolean) {
  const rows = new Set(Array.from({ length: size }, (_, i) => i));
  const find: UpgradeTable['find'] = async ({ offset = 0, limit = 100 }) => ({
    items: [...rows].slice(offset, offset + limit).flatMap((i) => (isReadable(i) ? [upgradeOf(i)] : [])),
    count: rows.size,
  });
  return { find, rows };
}

const numberOf = ({ id }: Upgrade): number => Number(id.slice(-12));

/** Sizes about those of pages, and which of them cannot be read, or stay as they are. */
const tables = fc.tuple(fc.constantFrom(0, 1, 999, 1000, 1001, 2000, 2500), fc.integer({ min: 1, max: 5 }), fc.nat(4));

describe('upgrades that are read page by page', () => {
  it('are all that can be read, each once', async () => {
    await fc.assert(
      fc.asyncProperty(tables, async ([size, every, rest]) => {
        const table = tableOf(size, (i) => i % every !== rest);
        const seen: number[] = [];
        for await (const items of upgradePages(table, {})) seen.push(...items.map(numberOf));
        expect(seen).to.deep.equal([...table.rows].filter((i) => i % every !== rest));
      }),
      { numRuns: 30 },
    );
  });

  it('are worked on once and all, while those that were leave the list, and some do not', async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.nat(6), async ([size, every, rest], stubborn) => {
        const isReadable = (i: number) => i % every !== rest;
        const stays = (i: number) => i % 7 === stubborn;
        const table = tableOf(size, isReadable);
        const all = [...table.rows].filter(isReadable);
        const worked: number[] = [];
        await drainUpgrades(
          table,
          {},
          {
            async work(items) {
              worked.push(...items.map(numberOf));
              for (const i of items.map(numberOf)) if (!stays(i)) table.rows.delete(i);
            },
            remaining: async (items) => items.filter((one) => stays(numberOf(one))).length,
          },
        );
        expect(worked).to.deep.equal(all);
      }),
      { numRuns: 60 },
    );
  });
});
