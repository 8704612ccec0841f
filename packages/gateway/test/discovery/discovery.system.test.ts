import { silent, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { BehaviorSubject, filter, firstValueFrom } from 'rxjs';
import { createDiscovery } from '../../src/discovery/discovery.js';
import type { Found } from '../../src/discovery/finder.js';

const LAMP: Found = {
  key: 'lamp',
  kind: 'thing',
  title: 'Lamp',
  source: 'dns-sd',
  address: 'http://192.0.2.7/td',
  state: 'found',
  since: '2026-11-20T16:00:00.000Z',
};

interface Options {
  readonly adoptsAll?: boolean;
  readonly refusals?: number;
  /** Is waited for before something is adopted. */
  readonly adopting?: (key: string) => Promise<void>;
  /** What is kept of what was declined. */
  readonly kept?: string[];
}

/** A discovery whose finder does what the test says. */
function open({ adoptsAll = false, refusals = 0, adopting, kept = [] }: Options = {}) {
  const found = new BehaviorSubject<readonly Found[]>([]);
  const adopted: string[] = [];
  const tries = new BehaviorSubject(0);
  let searches = 0;
  const finder = {
    found,
    search: () => void searches++,
    look: async () => found.value,
    keyOf: (name: string) => found.value.find((each) => each.name === name)?.key,
    async adopt(key: string) {
      const one = found.value.find((each) => each.key === key);
      if (!one) throw new ThingError('notFound', 'not here');
      await adopting?.(key);
      const isRefused = tries.value < refusals;
      tries.next(tries.value + 1);
      if (isRefused) throw new ThingError('unavailable', 'not now');
      adopted.push(key);
      found.next(found.value.map((each) => (each.key === key ? { ...each, state: 'adopted', name: key } : each)));
      return { id: `urn:${key}`, name: key, td: '' };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  const discovery = createDiscovery({
    web: finder,
    others: [],
    adoptsAll,
    declined: { before: [...kept], kept: { add: async (key) => void kept.push(key) } },
    log: silent,
    backOff: () => 1,
  });
  discovery.begin();
  return {
    ...{ discovery, found, adopted, tries, searches: () => searches },
    [Symbol.asyncDispose]: () => discovery[Symbol.asyncDispose](),
  };
}

const stateOf = (list: readonly Found[], key = 'lamp') => list.find((one) => one.key === key)?.state;

describe('what is discovered', () => {
  it('is listed, and becomes a Thing when somebody says so', async () => {
    await using lab = open();
    lab.found.next([LAMP]);
    await firstValueFrom(lab.discovery.discovered.pipe(filter((list) => stateOf(list) === 'found')));
    expect(lab.adopted).to.deep.equal([]);
    expect(await lab.discovery.adopt('lamp', {})).to.include({ name: 'lamp' });
    await firstValueFrom(lab.discovery.discovered.pipe(filter((list) => stateOf(list) === 'adopted')));
    const none = await lab.discovery.adopt('pump', {}).catch((error: unknown) => error);
    expect(none).to.be.instanceOf(ThingError).with.property('code', 'notFound');
  });

  it('is looked for once more when somebody asks', async () => {
    await using lab = open();
    lab.found.next([LAMP]);
    expect(await lab.discovery.discover('http://192.0.2.7')).to.deep.equal([LAMP]);
    expect(lab.searches()).to.equal(0);
    await lab.discovery.discover();
    expect(lab.searches()).to.equal(1);
  });

  it('becomes a Thing at once where the policy says so; directories, what is contested and what is away do not', async () => {
    await using lab = open({ adoptsAll: true });
    lab.found.next([
      { ...LAMP, key: 'directory', kind: 'directory' },
      { ...LAMP, key: 'twin', state: 'conflict' },
      { ...LAMP, key: 'away', state: 'unreachable' },
      LAMP,
    ]);
    await firstValueFrom(lab.discovery.discovered.pipe(filter((list) => stateOf(list) === 'adopted')));
    expect(lab.adopted).to.deep.equal(['lamp']);
  });

  it('is tried again by the policy where it could not be adopted', async () => {
    await using lab = open({ adoptsAll: true, refusals: 3 });
    lab.found.next([LAMP]);
    await firstValueFrom(lab.discovery.discovered.pipe(filter((list) => stateOf(list) === 'adopted')));
    expect(lab.tries.value).to.equal(4);
  });

  it('stays away from the policy once a person has let go of it, after a restart too, until a person adopts it', async () => {
    const kept: string[] = [];
    {
      await using lab = open({ adoptsAll: true, kept });
      lab.found.next([LAMP]);
      await firstValueFrom(lab.discovery.discovered.pipe(filter((list) => stateOf(list) === 'adopted')));
      await lab.discovery.decline('lamp');
      await lab.discovery.decline('nobody');
      lab.found.next([LAMP, { ...LAMP, key: 'pump' }]);
      await firstValueFrom(lab.discovery.discovered.pipe(filter((list) => stateOf(list, 'pump') === 'adopted')));
      expect(lab.adopted).to.deep.equal(['lamp', 'pump']);
      expect(stateOf(lab.found.value)).to.equal('found');
    }
    expect(kept).to.deep.equal(['lamp']);
    await using lab = open({ adoptsAll: true, kept });
    lab.found.next([LAMP, { ...LAMP, key: 'pump' }]);
    await firstValueFrom(lab.discovery.discovered.pipe(filter((list) => stateOf(list, 'pump') === 'adopted')));
    expect(lab.adopted).to.deep.equal(['pump']);
    await lab.discovery.adopt('lamp', {});
    expect(stateOf(lab.found.value)).to.equal('adopted');
  });

  it('is not adopted if a person lets go of it while the policy has it in its queue', async () => {
    const adopting = async (key: string): Promise<void> => {
      if (key === 'pump') await lab.discovery.decline('lamp');
    };
    await using lab = open({ adoptsAll: true, adopting });
    lab.found.next([
      { ...LAMP, key: 'pump' },
      { ...LAMP, name: 'lamp' },
      { ...LAMP, key: 'last' },
    ]);
    await firstValueFrom(lab.discovery.discovered.pipe(filter((list) => stateOf(list, 'last') === 'adopted')));
    expect(lab.adopted).to.deep.equal(['pump', 'last']);
  });

  it('is told the less often the longer the list is that strangers change', async () => {
    await using lab = open();
    const many = (title: string): Found[] => Array.from({ length: 100 }, (_, i) => ({ ...LAMP, key: `${i}`, title }));
    const told: number[] = [];
    const watching = lab.discovery.discovered.subscribe((list) => told.push(list.length));
    lab.found.next([LAMP]);
    await firstValueFrom(lab.discovery.discovered.pipe(filter((list) => list.length === 1)));
    lab.found.next(many('a'));
    const until = performance.now() + 1500;
    for (let i = 0; performance.now() < until; i++) {
      lab.found.next(many(`b${i}`));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    watching.unsubscribe();
    expect(told.filter((length) => length === 100)).to.have.length(1);
    expect(lab.discovery.list()[0]?.title).to.match(/^b/);
  });

  it('tries nothing any more once it is closed', async () => {
    const lab = open({ adoptsAll: true, refusals: Number.POSITIVE_INFINITY });
    lab.found.next([LAMP]);
    await firstValueFrom(lab.tries.pipe(filter((count) => count >= 2)));
    await lab[Symbol.asyncDispose]();
    const tries = lab.tries.value;
    lab.found.next([{ ...LAMP, key: 'pump' }]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(lab.tries.value).to.equal(tries);
  });
});
