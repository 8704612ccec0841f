import { expect } from 'chai';
import { EventJournal } from '../src/event-journal.js';
import type { KeptEvent } from '../src/records.js';

const event = (place: number, text = ''): KeptEvent => ({ place, type: 'thing_updated', id: 'urn:x', diff: { text } });

function journalOf(places: readonly number[], limits = { count: 100, size: 10_000 }): EventJournal {
  const journal = new EventJournal(limits);
  for (const place of places) journal.append(event(place));
  return journal;
}

const placesOf = ({ events }: { readonly events: readonly KeptEvent[] }) => events.map(({ place }) => place);

describe('EventJournal', () => {
  it('gives what came after an event, and says whether that is all', () => {
    const journal = journalOf([5, 6, 9]);
    for (const [last, resume, places] of [
      ['9', 'complete', []],
      ['7', 'complete', [9]],
      ['5', 'complete', [6, 9]],
      ['4', 'complete', [5, 6, 9]],
      ['3', 'gap', [5, 6, 9]],
      ['10', 'gap', []],
      ['-1', 'gap', []],
      ['1e1', 'gap', []],
      ['', 'gap', []],
    ] as const) {
      const missed = journal.since(last);
      expect([missed.resume, placesOf(missed)], last).to.deep.equal([resume, places]);
    }
    expect(new EventJournal({ count: 1, size: 1 }).since('0')).to.deep.equal({ resume: 'gap', events: [] });
  });

  it('drops the oldest beyond its limits, but never the latest', () => {
    const byCount = journalOf([1, 2, 3, 4], { count: 2, size: 10_000 });
    expect(byCount.prune()).to.equal(2);
    expect(byCount.prune()).to.equal(undefined);
    expect(placesOf(byCount.since('0'))).to.deep.equal([3, 4]);
    const bySize = journalOf([1, 2], { count: 100, size: 1000 });
    bySize.append(event(3, 'x'.repeat(2000)));
    expect(bySize.prune()).to.equal(2);
    expect(placesOf(bySize.since('0'))).to.deep.equal([3]);
    bySize.append(event(4));
    expect(bySize.prune()).to.equal(3);
    expect(placesOf(bySize.since('3'))).to.deep.equal([4]);
    bySize.append(event(5));
    expect(bySize.prune()).to.equal(undefined);
    expect(placesOf(bySize.since('3'))).to.deep.equal([4, 5]);
  });
});
