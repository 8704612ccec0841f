import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

/** How many assertions section 11 of the upgrader's reference has; the titles of tests name them as `11.<number>`. */
const ASSERTIONS = 80;

/** What does not apply here, and why. */
const NOT_APPLICABLE: ReadonlyMap<number, string> = new Map([
  [60, 'a campaign is planned before there is one: no work in the background could take too long to list its devices'],
]);

const FOLDERS = ['../../things/upgrader/test/', '../system/'];

/** The numbers that the titles of tests name. */
function namedNumbers(): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const folder of FOLDERS) {
    const base = new URL(folder, import.meta.url);
    for (const file of readdirSync(base, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(test|suite)\.ts$/.test(file)) continue;
      const source = readFileSync(new URL(file, base), 'utf8');
      for (const [, title = ''] of source.matchAll(/\bit\(\s*['"`]((?:11\.\d+, )*11\.\d+): /g)) {
        for (const id of title.split(', ')) numbers.add(Number(id.slice('11.'.length)));
      }
    }
  }
  return numbers;
}

describe("the assertions of the upgrader's reference", () => {
  const all = Array.from({ length: ASSERTIONS }, (_, i) => i + 1);
  const named = namedNumbers();

  it('have a test each', () => {
    const without = all.filter((number) => !named.has(number) && !NOT_APPLICABLE.has(number));
    expect(without).to.deep.equal([]);
  });

  it('are named by numbers that there are', () => {
    expect([...named].filter((number) => !all.includes(number))).to.deep.equal([]);
  });

  for (const [number, reason] of NOT_APPLICABLE) {
    it(`but for ${number}: ${reason}`, () => expect(named.has(number)).to.equal(false));
  }
});
