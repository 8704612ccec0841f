import type { LineCounts } from '../src/index.js';
import { addCounts } from './affordance-ledger.js';
import type { GroupReport, ReadersReport, Usage } from './messages.js';

/** Memory and sockets of one process, before, during and after the faults. */
export interface UsageReport {
  readonly process: string;
  /** After a quarter of the faults, when journals and queues are as large as they get. */
  readonly early: Usage;
  /** At the end of the faults. */
  readonly late: Usage;
  /** When all readers have left; only of the server. */
  readonly left?: Usage;
}

/** All that the run found out. */
export interface RunReport {
  readonly seed: number;
  readonly readers: number;
  readonly seconds: number;
  readonly machine: { readonly cpu: string; readonly cores: number; readonly node: string };
  readonly lines: LineCounts;
  readonly groups: readonly GroupReport[];
  readonly promises: ReadersReport['promises'];
  readonly usage: readonly UsageReport[];
  /** What is wrong, in a line each. */
  readonly violations: readonly string[];
}

/** The sum of two reports about readers of one group. */
export const addGroups = (one: GroupReport, other: GroupReport): GroupReport => ({
  group: one.group,
  readers: one.readers + other.readers,
  cuts: one.cuts + other.cuts,
  ...addCounts(one, other),
  untoldGaps: one.untoldGaps + other.untoldGaps,
  stale: one.stale + other.stale,
  broken: one.broken + other.broken,
  reconnections: [...one.reconnections, ...other.reconnections],
});

/** The sum of the reports of several processes. */
export function addReports(reports: readonly ReadersReport[]): ReadersReport {
  const groups = new Map<string, GroupReport>();
  const broken = new Map<string, number>();
  let [kept, pending, overdue, wrong] = [0, 0, 0, 0];
  for (const { groups: own, promises } of reports) {
    for (const one of own) {
      const known = groups.get(one.group);
      groups.set(one.group, known ? addGroups(known, one) : one);
    }
    for (const [reason, count] of Object.entries(promises.broken)) {
      broken.set(reason, (broken.get(reason) ?? 0) + count);
    }
    kept += promises.kept;
    pending += promises.pending;
    overdue += promises.overdue;
    wrong += promises.wrong;
  }
  const promises = { kept, broken: Object.fromEntries(broken), pending, overdue, wrong };
  return { groups: [...groups.values()], promises };
}

/** Bytes that a process may grow by between the first quarter and the end, beside a quarter of what it had. */
const GROWTH = 32 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;

/** What must not be, in a line each. */
export function violationsOf({ groups, promises }: ReadersReport, usage: readonly UsageReport[]): readonly string[] {
  const found: string[] = [];
  const none = (count: number, what: string): void => {
    if (count > 0) found.push(`${what}: ${count}`);
  };
  for (const group of groups) {
    none(group.duplicates, `${group.group}: notifications that came twice or out of order`);
    none(group.losses, `${group.group}: changes lost without a gap`);
    none(group.overstated, `${group.group}: notifications that claim to stand for more changes than there were`);
    none(group.untoldGaps, `${group.group}: gaps that were not told`);
    none(group.stale, `${group.group}: older values of a property after newer ones`);
    none(group.broken, `${group.group}: streams that ended, or readers without the last values`);
  }
  none(promises.pending, 'promises left hanging');
  none(promises.overdue, 'promises that were settled too late');
  none(promises.wrong, 'answers to something else');
  for (const { process, early, late, left } of usage) {
    if (late.heap > early.heap * 1.25 + GROWTH) {
      found.push(`${process}: its heap grew from ${megabytes(early.heap)} to ${megabytes(late.heap)}`);
    }
    none(left?.sockets ?? 0, `${process}: sockets left open by readers that are gone`);
  }
  return found;
}

const megabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(0)} MB`;

const HEAD = [
  'readers',
  '',
  'cuts',
  'notifications',
  'conflated',
  'duplicates',
  'losses',
  'gaps',
  'of them needless',
  'missed, told',
  'back after, p50',
  'p99',
];

/** Writes the report as Markdown. */
export function formatReport(report: RunReport): string {
  const { seed, readers, seconds, machine, lines, groups, promises, usage, violations } = report;
  const { cpu, cores, node } = machine;
  const { refusal, reset, finish, finishToClient, finishToServer, silence } = lines.endings;
  const reasons = Object.entries(promises.broken).map(([reason, count]) => `${count} ${reason}`);
  const total = groups.reduce<GroupReport | undefined>((sum, one) => (sum ? addGroups(sum, one) : one), undefined);
  const rows = [...groups, ...(total ? [{ ...total, group: 'all' }] : [])];
  return [
    `${readers} readers, ${seconds} s of faults, seed ${seed}; ${cpu}, ${cores} cores, Node ${node}`,
    '',
    table(HEAD, rows.map(cells)),
    '',
    `- ${number(lines.lines)} lines: ${number(reset)} reset, ${number(finish)} closed, ${number(finishToClient)} half closed towards the client, ${number(finishToServer)} towards the server, ${number(refusal)} refused, ${number(silence)} gone silent; ${number(lines.torn)} of them torn within a chunk; ${number(lines.stalls)} stalls`,
    `- Promises: ${number(promises.kept)} kept, ${reasons.join(', ') || 'none'} rejected, ${promises.pending} left hanging, ${promises.overdue} too late, ${promises.wrong} wrong`,
    ...usage.map(usageLine),
    '',
    ...(violations.length === 0 ? ['No violation.'] : violations.map((violation) => `VIOLATION ${violation}`)),
  ].join('\n');
}

function usageLine({ process, early, late, left }: UsageReport): string {
  const [from, to] = [
    `${megabytes(early.heap)} (RSS ${megabytes(early.rss)})`,
    `${megabytes(late.heap)} (RSS ${megabytes(late.rss)})`,
  ];
  const after = left ? `, ${megabytes(left.heap)} and ${left.sockets} sockets when all readers had left` : '';
  return `- Heap of the ${process}: ${from} after a quarter of the time, ${to} at the end${after}`;
}

const number = (value: number): string => Math.round(value).toLocaleString('en');

const cells = (row: GroupReport): readonly string[] => [
  row.group,
  ...[
    row.readers,
    row.cuts,
    row.notifications,
    row.conflated,
    row.duplicates,
    row.losses,
    row.gaps,
    row.needlessGaps,
    row.missed,
  ].map(number),
  ...[0.5, 0.99].map((share) => seconds(row.reconnections, share)),
];

function seconds(times: readonly number[], share: number): string {
  const sorted = Float64Array.from(times).sort();
  const time = sorted[Math.floor((sorted.length - 1) * share)];
  return time === undefined ? '' : `${(time / 1000).toFixed(2)} s`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)));
  const write = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [write(head), rule, ...rows.map(write)].join('\n');
}
