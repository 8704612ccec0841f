import { expect } from 'chai';
import type { GroupReport, Usage } from '../../faults/messages.js';
import { addReports, formatReport, violationsOf } from '../../faults/report.js';

const GROUP: GroupReport = {
  group: 'calm',
  readers: 1,
  cuts: 2,
  notifications: 30,
  conflated: 0,
  duplicates: 0,
  losses: 0,
  overstated: 0,
  gaps: 1,
  needlessGaps: 0,
  missed: 4,
  untoldGaps: 0,
  stale: 0,
  broken: 0,
  reconnections: [250, 750],
};
const PROMISES = { kept: 3, broken: { disconnected: 1 }, pending: 0, overdue: 0, wrong: 0 };
const small: Usage = { heap: 20_000_000, rss: 100_000_000, sockets: 4 };
const SERVER = { process: 'server', early: small, late: small, left: { ...small, sockets: 0 } };

describe('The report of the faults', () => {
  it('finds nothing wrong with gaps that were told', () => {
    expect(violationsOf({ groups: [GROUP], promises: PROMISES }, [SERVER])).to.deep.equal([]);
  });

  it('names everything that must not be', () => {
    const bad = { ...GROUP, duplicates: 1, losses: 2, overstated: 3, untoldGaps: 4, stale: 5, broken: 6 };
    const promises = { ...PROMISES, pending: 7, overdue: 8, wrong: 9 };
    const late = { ...small, heap: 90_000_000 };
    const usage = { process: 'server', early: small, late, left: { ...small, sockets: 10 } };
    const found = violationsOf({ groups: [bad], promises }, [usage]);
    expect(found).to.have.lengthOf(11);
    for (let count = 1; count <= 10; count++) {
      expect(found.some((line) => line.endsWith(`: ${count}`))).to.equal(true, String(count));
    }
    expect(found).to.include('server: its heap grew from 19 MB to 86 MB');
  });

  it('adds what several processes found, group by group', () => {
    const other = { groups: [GROUP, { ...GROUP, group: 'busy' }], promises: { ...PROMISES, broken: { timeout: 2 } } };
    const sum = addReports([{ groups: [GROUP], promises: PROMISES }, other]);
    expect(sum.groups.map(({ group, readers, notifications }) => [group, readers, notifications])).to.deep.equal([
      ['calm', 2, 60],
      ['busy', 1, 30],
    ]);
    expect(sum.groups[0]?.reconnections).to.deep.equal([250, 750, 250, 750]);
    expect(sum.promises).to.deep.equal({ ...PROMISES, kept: 6, broken: { disconnected: 1, timeout: 2 } });
  });

  it('is a table with a line for each group and one for all', () => {
    const text = formatReport({
      seed: 42,
      readers: 1,
      seconds: 15,
      machine: { cpu: 'a processor', cores: 2, node: 'v20' },
      lines: {
        lines: 5,
        stalls: 1,
        torn: 2,
        endings: { refusal: 0, reset: 3, finish: 1, finishToClient: 0, finishToServer: 0, silence: 1 },
      },
      groups: [GROUP],
      promises: PROMISES,
      usage: [SERVER],
      violations: [],
    });
    expect(text).to.match(/^1 readers, 15 s of faults, seed 42; a processor, 2 cores, Node v20$/m);
    expect(text).to.match(/^\| calm +\| +1 \| +2 \| +30 \|.*0\.25 s \| +0\.25 s \|$/m);
    expect(text).to.match(/^\| all +\|/m);
    expect(text).to.match(/^No violation\.$/m);
  });
});
