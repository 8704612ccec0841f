import type { Run } from './column-cursor.js';
import { bytesOf, type ChangeColumns } from './group.js';

/** A group of the log. */
interface UnsettledGroup {
  readonly id: number;
  readonly changes: ChangeColumns;
  /** By the key of a Thing; made when somebody asks. */
  runs: ReadonlyMap<number, readonly Run[]> | undefined;
}

/**
 * What is in the log and not yet in the blocks of its Things, in the columns in which it came; so nobody has to read it back. Only
 * the one writer of a database has it.
 */
export class Unsettled {
  /** Their keys rise. */
  #groups: UnsettledGroup[] = [];
  #size = 0;
  #bytes = 0;
  #lastID = 0;
  #doubts = 1;
  #answered = 0;

  /** How many changes there are. */
  get size(): number {
    return this.#size;
  }

  /** About so many bytes of memory. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keys of the groups. */
  get ids(): readonly number[] {
    return this.#groups.map(({ id }) => id);
  }

  /** How often it came into doubt whether this is what the log holds: at the begin, and when something failed. */
  get doubts(): number {
    return this.#doubts;
  }

  get isCertain(): boolean {
    return this.#doubts === this.#answered;
  }

  /** A key for a group; none is given twice, for it has to tell a group from those that are gone. */
  nextID(): number {
    return ++this.#lastID;
  }

  /** Takes a group that was committed; twice does no harm. */
  add(id: number, changes: ChangeColumns): void {
    this.#lastID = Math.max(this.#lastID, id);
    let place = this.#groups.length;
    while ((this.#groups[place - 1]?.id ?? 0) > id) place--;
    if (this.#groups[place - 1]?.id === id) return;
    this.#groups.splice(place, 0, { id, changes, runs: undefined });
    this.#size += changes.micros.length;
    this.#bytes += bytesOf(changes);
  }

  /** Lets go of groups that are no longer in the log. */
  drop(ids: readonly number[]): void {
    const gone = new Set(ids);
    this.#groups = this.#groups.filter(({ id }) => !gone.has(id));
    this.#size = this.#groups.reduce((sum, { changes }) => sum + changes.micros.length, 0);
    this.#bytes = this.#groups.reduce((sum, { changes }) => sum + bytesOf(changes), 0);
  }

  /** Has to be told when a transaction on the log failed, for it may have been committed all the same. */
  doubt(): void {
    this.#doubts++;
  }

  /** Has to be told when it was brought in line with the log, and how many doubts there were before. */
  trust(doubts: number): void {
    this.#answered = doubts;
  }

  /** The changes of a Thing, oldest first. */
  runsOf(thing: number): readonly Run[] {
    return this.#groups.flatMap((group) => runsIn(group).get(thing) ?? []);
  }

  /** The changes of all Things. */
  byThing(): ReadonlyMap<number, readonly Run[]> {
    const things = new Map<number, Run[]>();
    for (const group of this.#groups) {
      for (const [thing, runs] of runsIn(group)) {
        const list = things.get(thing);
        if (list) list.push(...runs);
        else things.set(thing, [...runs]);
      }
    }
    return things;
  }
}

function runsIn(group: UnsettledGroup): ReadonlyMap<number, readonly Run[]> {
  group.runs ??= findRuns(group.changes);
  return group.runs;
}

function findRuns(changes: ChangeColumns): ReadonlyMap<number, readonly Run[]> {
  const { things, numbers, invokers } = changes;
  const found = new Map<number, Run[]>();
  let text = 0;
  let invoker = 0;
  for (let from = 0; from < things.length; ) {
    const thing = things[from] ?? 0;
    const first = { text, invoker };
    let to = from;
    for (; to < things.length && things[to] === thing; to++) if (Number.isNaN(numbers[to])) text++;
    while ((invokers[invoker]?.[0] ?? to) < to) invoker++;
    const run = { changes, from, to, ...first };
    const list = found.get(thing);
    if (list) list.push(run);
    else found.set(thing, [run]);
    from = to;
  }
  return found;
}
