/** Opens a part of all readers, has each ask something now and then, and tells what came of them. */
import { Parse } from 'typebox/value';
import { createRandom } from '../src/index.js';
import { assign, type Group } from './group.js';
import { AllFinals, Opening, type Progress, type ReadersReport } from './messages.js';
import { obey } from './obey.js';
import { PromiseWatch } from './promise-watch.js';
import { Reader, reasonOf } from './reader.js';
import { addGroups } from './report.js';
import type { Finals } from './station.js';

/** Readers that are opened at the same time. */
const AT_ONCE = 20;
/** Milliseconds between two turns of questions of a reader. */
const ASKING = 5000;

const promises = new PromiseWatch(reasonOf);
const readers: Reader[] = [];
const timers = new Set<NodeJS.Timeout>();
let finals: Readonly<Record<string, Finals>> = {};

const finalsOf = (reader: Reader): Finals => finals[reader.station] ?? { count: -1, tick: -1, picture: -1 };

async function open(input: unknown): Promise<void> {
  const { port, readers: all, part, parts, seed } = Parse(Opening, input);
  const queue = [...assign(all).entries()].filter(([number]) => number % parts === part);
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [number, group] = next;
      const station = group.stations[Math.floor(number / parts) % group.stations.length] ?? '';
      const reader = await Reader.open({ group, station, port, promises });
      readers.push(reader);
      askNowAndThen(reader, createRandom(seed, number)() * ASKING);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

function askNowAndThen(reader: Reader, first: number): void {
  const again = (milliseconds: number): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      reader.ask();
      again(ASKING);
    }, milliseconds);
    timers.add(timer);
  };
  again(first);
}

const progress = (): Progress => ({
  readers: readers.length,
  connected: readers.filter((reader) => reader.isConnected).length,
  complete: readers.filter((reader) => reader.hasAll(finalsOf(reader))).length,
  pending: promises.counts.pending,
});

function report(): ReadersReport {
  const groups = new Map<Group, ReadersReport['groups'][number]>();
  for (const reader of readers) {
    const one = reader.report(finalsOf(reader));
    const known = groups.get(reader.group);
    groups.set(reader.group, known ? addGroups(known, one) : one);
  }
  return { groups: [...groups.values()], promises: promises.counts };
}

obey({
  open,
  progress,
  quiet() {
    for (const timer of timers) clearTimeout(timer);
    timers.clear();
  },
  /** From now on `progress` counts who has everything. */
  compare(input) {
    finals = Parse(AllFinals, input);
  },
  report,
  async close() {
    await Promise.all(readers.map((reader) => reader[Symbol.asyncDispose]()));
    readers.length = 0;
  },
});
