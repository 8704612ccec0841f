import type { ChangeCursor } from './change-cursor.js';
import type { ChangeColumns } from './group.js';
import { EMPTY, toText, utf8At } from './texts.js';

/** Changes of one Thing that stand side by side in columns. */
export interface Run {
  readonly changes: ChangeColumns;
  /** Their places: the first, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** The places of the first of their texts and invokers. */
  readonly text: number;
  readonly invoker: number;
}

/** All that is in columns of one Thing. */
export const wholeRun = (changes: ChangeColumns): Run => ({
  changes,
  from: 0,
  to: changes.micros.length,
  text: 0,
  invoker: 0,
});

/** The moment of the last change of a run. */
export const lastOf = ({ changes, to }: Run): number => changes.micros[to - 1] ?? 0;

/** Goes through runs of one Thing. */
export class ColumnCursor implements ChangeCursor {
  readonly #runs: readonly Run[];
  #next = 0;
  #changes: ChangeColumns | undefined;
  #place = 0;
  #to = 0;
  #nextText = 0;
  #nextInvoker = 0;
  name = 0;
  micros = 0;
  number = Number.NaN;
  utf8: Uint8Array = EMPTY;
  invoker: string | undefined;

  constructor(runs: readonly Run[]) {
    this.#runs = runs;
  }

  next(): boolean {
    while (this.#place === this.#to) if (!this.#open()) return false;
    const place = this.#place++;
    const changes = this.#changes;
    if (!changes) return false;
    this.name = changes.names[place] ?? 0;
    this.micros = changes.micros[place] ?? 0;
    this.number = changes.numbers[place] ?? Number.NaN;
    this.utf8 = Number.isNaN(this.number) ? utf8At(changes.texts, this.#nextText++) : EMPTY;
    const marked = changes.invokers[this.#nextInvoker];
    this.invoker = marked?.[0] === place ? marked[1] : undefined;
    if (this.invoker !== undefined) this.#nextInvoker++;
    return true;
  }

  get text(): string {
    return toText(this.utf8);
  }

  #open(): boolean {
    const run = this.#runs[this.#next++];
    if (!run) return false;
    this.#changes = run.changes;
    this.#place = run.from;
    this.#to = run.to;
    this.#nextText = run.text;
    this.#nextInvoker = run.invoker;
    return true;
  }
}
