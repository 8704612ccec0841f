import { expect } from 'chai';
import type { List } from '../conformance/list.js';
import { pastShortfalls, toDetails, toMarkdown, toTable, withScore } from '../conformance/report.js';
import { idsOf, scoreOf } from '../conformance/score.js';
import { scoreVerdicts } from '../conformance/validators/verdict-score.js';

const LISTS: readonly List[] = [
  {
    name: 'brew',
    title: 'Brewing',
    source: 'made up',
    rows: [
      { id: 'B-1', level: 'MUST', part: 'water', who: 'Thing' },
      { id: 'B-2', level: 'MUST NOT', part: 'water', who: 'Both' },
      { id: 'B-3', level: 'MUST', part: 'water', who: 'Thing', notOffered: 'There is no tea.' },
      { id: 'B-4', level: 'RECOMMENDED', part: 'water', who: 'Thing', shortfall: 'The cup is cold.' },
      { id: 'B-5', level: 'NOTE', part: 'remarks', who: 'Thing' },
      { id: 'B-6', level: 'MUST', part: 'claims', who: 'Thing', follows: ['brew/water'] },
    ],
  },
];

const passed = (title: string) => ({ title, passed: true });
const failed = (title: string) => ({ title, passed: false });

describe('the conformance score', () => {
  it('takes ids from what stands before the first colon of a test', () => {
    expect(idsOf('B-1, B-2: it boils: always')).to.deep.equal(['B-1', 'B-2']);
    expect(idsOf('it boils')).to.deep.equal([]);
  });

  it('counts rows that are covered, that passed, and that are offered; notes are not counted', () => {
    const [must, should, claims] = scoreOf(LISTS, [passed('B-1: a'), passed('B-5: b'), failed('B-4: c')]);
    expect(must).to.include({ part: 'water', level: 'MUST', covered: 1, passed: 1, of: 2 });
    expect(must?.uncoveredRows).to.deep.equal(['B-2']);
    expect(must?.notOfferedRows).to.deep.equal(['B-3']);
    expect(should).to.include({ level: 'SHOULD', covered: 1, passed: 0, of: 1 });
    expect(claims?.uncoveredRows).to.deep.equal(['B-6']);
  });

  it('takes a row for failed as soon as one of its tests failed, and then what follows from it', () => {
    const scores = scoreOf(LISTS, [passed('B-1: a'), failed('B-1, B-2: b'), passed('B-2: c')]);
    expect(scores.map(({ failedRows }) => failedRows)).to.deep.equal([['B-1', 'B-2'], [], ['B-6']]);
  });

  it('draws conclusions from rows with MUST alone', () => {
    const scores = scoreOf(LISTS, [passed('B-1, B-2: a'), failed('B-4: b')]);
    expect(scores.at(-1)).to.include({ part: 'claims', covered: 1, passed: 1 });
  });

  it('refuses an id that no list has', () => {
    expect(() => scoreOf(LISTS, [passed('B-99: a')])).to.throw(TypeError, 'B-99');
  });

  it('is shown as a table, with names and reasons', () => {
    const scores = scoreOf(LISTS, [passed('B-1: a'), failed('B-4: b')]);
    expect(toTable(scores).split('\n')[1]).to.match(/^brew +water +MUST +1 +1 +2$/);
    const details = toDetails(scores, LISTS, false);
    expect(details).to.include('failed: B-4 (brew, water, SHOULD): The cup is cold.');
    expect(details).to.include('not covered: B-2 (brew, water, MUST)');
    expect(details).to.include('not counted: B-3: There is no tea.');
    expect(toDetails(scores, LISTS, true)).not.to.include('B-3');
  });

  it('tells when a shortfall is none any more', () => {
    expect(pastShortfalls(scoreOf(LISTS, [failed('B-4: a')]), LISTS)).to.deep.equal([]);
    expect(pastShortfalls(scoreOf(LISTS, [passed('B-4: a')]), LISTS)).to.deep.equal(['B-4']);
  });

  it('replaces what stands between the marks of a README', () => {
    const markdown = toMarkdown(scoreOf(LISTS, [passed('B-1, B-2: a')]), LISTS);
    expect(markdown).to.include('| Brewing | water | 2 / 2 / 2 | 0 / 0 / 1 |');
    const readme = 'before\n<!-- score -->\nold $& text\n<!-- /score -->\nafter';
    const once = withScore(readme, markdown);
    expect(once).to.equal(`before\n<!-- score -->\n\n${markdown}\n\n<!-- /score -->\nafter`);
    expect(withScore(once, markdown)).to.equal(once);
    expect(() => withScore('nothing', markdown)).to.throw(TypeError);
  });

  it('has rows for what validators say; their checks are MUSTs where nothing says otherwise', () => {
    const verdict = { validator: 'taster', from: 'tea.json', messages: [] };
    const passes = ['B-1', 'unheard-of', 'B-2_lemon'];
    const scores = scoreVerdicts([{ ...verdict, passed: passes, failed: ['B-2', 'B-4', 'propItems'] }], LISTS);
    expect(scores).to.have.length(2);
    expect(scores[0]).to.include({ list: 'taster', part: 'tea.json', level: 'MUST', passed: 3, of: 4 });
    expect(scores[0]?.failedRows).to.deep.equal(['B-2']);
    expect(scores[1]).to.include({ level: 'SHOULD', passed: 0, of: 2 });
    expect(toDetails(scores, LISTS, true)).to.include('failed: B-2 (taster, tea.json, MUST)');
  });
});
