import type { Run } from '../column-cursor.js';
import type { Piece } from '../piece.js';
import { type NameInPiece, PieceWriter } from '../piece-writer.js';
import type { Told } from '../standing.js';
import { EMPTY, utf8At } from '../texts.js';
import type { KnownRetention, Lasting } from './retention.js';

/** What becomes of changes: what lasts as a history, and what passes with the journal. */
export interface SplitChanges {
  readonly lasting: Piece | undefined;
  readonly passing: Piece | undefined;
  /** By the keys of their names, the latest of each. */
  readonly told: ReadonlyMap<number, Told>;
}

/** A name while changes of a Thing are written. */
interface NameOfThing extends NameInPiece, Told {
  readonly lasting: Lasting;
  /** Which one came after it the last time: reports tell of the same names in the same order. */
  next: NameOfThing | undefined;
}

/** Writes changes down as pieces. */
export class ChangeSplitter {
  readonly #lasting = new PieceWriter();
  readonly #passing = new PieceWriter();

  /** Writes those of a Thing. */
  split(runs: readonly Run[], retention: KnownRetention): SplitChanges {
    const names = new NamesOfThing(retention);
    for (const run of runs) this.#write(run, names);
    return { lasting: this.#lasting.take(), passing: this.#passing.take(), told: names.all };
  }

  #write({ changes, from, to, text, invoker }: Run, thing: NamesOfThing): void {
    const { names, micros, numbers, texts, invokers } = changes;
    let nextText = text;
    let nextInvoker = invoker;
    let name: NameOfThing | undefined;
    for (let place = from; place < to; place++) {
      name = thing.after(name, names[place] ?? 0);
      const number = numbers[place] ?? 0;
      const isText = Number.isNaN(number);
      const utf8 = isText ? utf8At(texts, nextText++) : EMPTY;
      const lasts = name.lasting === 'all' || (name.lasting === 'single' && (!isText || isSingle(utf8)));
      const writer = lasts ? this.#lasting : this.#passing;
      const marked = invokers[nextInvoker];
      if (marked?.[0] === place) {
        writer.mark(marked[1]);
        nextInvoker++;
      }
      if (isText) writer.addText(name.key, utf8, micros[place] ?? 0);
      else writer.addNumber(name, changes, place);
      name.micros = micros[place] ?? 0;
      name.number = number;
      name.utf8 = utf8;
    }
  }
}

/** The names of one Thing while its changes are written. */
class NamesOfThing {
  readonly all = new Map<number, NameOfThing>();
  readonly #retention: KnownRetention;

  constructor(retention: KnownRetention) {
    this.#retention = retention;
  }

  /** Finds a name; which came after one the last time is tried first. */
  after(before: NameOfThing | undefined, key: number): NameOfThing {
    const next = before?.next;
    if (next?.key === key) return next;
    const name = this.all.get(key) ?? this.#add(key);
    if (before) before.next = name;
    return name;
  }

  #add(key: number): NameOfThing {
    const unwritten = { decimals: -1, digits: 0, micros: 0, number: 0, utf8: EMPTY, next: undefined };
    const name = { key, lasting: this.#retention.lasting(key), ...unwritten };
    this.all.set(key, name);
    return name;
  }
}

/** Objects and arrays are large, and are there in parts as a rule: they last only where somebody said so. */
function isSingle(json: Uint8Array): boolean {
  let first = 0;
  while ((json[first] ?? BRACE) <= SPACE) first++;
  return json[first] !== BRACE && json[first] !== BRACKET;
}

const [SPACE, BRACE, BRACKET] = [0x20, 0x7b, 0x5b];
