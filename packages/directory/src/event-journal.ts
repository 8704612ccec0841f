import type { KeptEvent } from './records.js';

/** How far back readers can resume. */
export interface JournalLimits {
  /** Events. */
  readonly count: number;
  /** Characters of what they tell, as JSON. */
  readonly size: number;
}

/** What a reader that comes back has missed, and whether that is all. */
export interface Missed {
  readonly resume: 'complete' | 'gap';
  readonly events: readonly KeptEvent[];
}

/** The latest events of a directory. */
export class EventJournal {
  readonly #limits: JournalLimits;
  #events: { readonly event: KeptEvent; readonly size: number }[] = [];
  #size = 0;

  constructor(limits: JournalLimits) {
    this.#limits = limits;
  }

  append(event: KeptEvent): void {
    const size = JSON.stringify(event).length;
    this.#events.push({ event, size });
    this.#size += size;
  }

  /** Drops what is beyond the limits, never the latest event. Gives the place up to which all are gone. */
  prune(): number | undefined {
    let gone = 0;
    while (this.#events.length - gone > 1) {
      const oldest = this.#events[gone];
      const isOver = this.#events.length - gone > this.#limits.count || this.#size > this.#limits.size;
      if (!oldest || !isOver) break;
      this.#size -= oldest.size;
      gone++;
    }
    const place = this.#events[gone - 1]?.event.place;
    this.#events = gone > 0 ? this.#events.slice(gone) : this.#events;
    return place;
  }

  /** What came after the event of that place; the text is what the reader says it was. */
  since(text: string): Missed {
    const place = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    const [oldest] = this.#events;
    const latest = this.#events.at(-1);
    if (!oldest || !latest || !(place <= latest.event.place)) return { resume: 'gap', events: [] };
    return {
      resume: place >= oldest.event.place - 1 ? 'complete' : 'gap',
      events: this.#events.filter(({ event }) => event.place > place).map(({ event }) => event),
    };
  }
}
