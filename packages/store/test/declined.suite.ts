import { expect } from 'chai';
import { MOST_DECLINED } from '../src/declined.js';
import type { Store } from '../src/index.js';
import type { Premises } from './fixture/premises.js';

/** What every store promises of what was declined. `open` gives an empty store. */
export function declinedSuite(open: (options: { readonly now: () => number }) => Promise<Store>): void {
  const opened = () => open({ now: Date.now });

  it('gives back what was declined, the latest last, whatever text it is', async () => {
    await using store = await opened();
    expect(await store.declined.list()).to.deep.equal([]);
    const odd = 'http://192.0.2.7/größe\0\ud800';
    for (const key of ['printer:1', odd, 'printer:1']) await store.declined.add(key);
    expect(await store.declined.list()).to.deep.equal([odd, 'printer:1']);
  });

  it('forgets the oldest of too many', async () => {
    await using store = await opened();
    for (let i = 0; i <= MOST_DECLINED; i++) await store.declined.add(`printer:${i}`);
    const kept = await store.declined.list();
    expect(kept).to.have.length(MOST_DECLINED);
    expect([kept[0], kept.at(-1)]).to.deep.equal(['printer:1', `printer:${MOST_DECLINED}`]);
  });
}

/** What every lasting store promises of it over its end. */
export function declinedRestartSuite(prepare: () => Promise<Premises>): void {
  it('has what was declined again, and knows what came last', async () => {
    await using premises = await prepare();
    {
      await using before = await premises.open();
      await before.store.declined.add('printer:1');
    }
    await using again = await premises.open();
    await again.store.declined.add('printer:2');
    expect(await again.store.declined.list()).to.deep.equal(['printer:1', 'printer:2']);
  });
}
