import type { ChangeCursor } from '../change-cursor.js';
import { type Piece, PieceWriter } from '../piece.js';
import type { Standing } from '../standing.js';
import type { KnownRetention } from './retention.js';

/** What becomes of changes: what lasts as a history, and what passes with the journal. */
export interface SplitChanges {
  readonly lasting: Piece | undefined;
  readonly passing: Piece | undefined;
}

/** Writes changes down as pieces. */
export class ChangeSplitter {
  readonly #lasting = new PieceWriter();
  readonly #passing = new PieceWriter();

  /** Writes those of a Thing; `standing` is told of each. */
  split(cursor: ChangeCursor, { lasts }: KnownRetention, standing?: Standing): SplitChanges {
    while (cursor.next()) {
      standing?.take(cursor);
      if (lasts(cursor)) this.#lasting.add(cursor);
      else this.#passing.add(cursor);
    }
    return { lasting: this.#lasting.take(), passing: this.#passing.take() };
  }
}
