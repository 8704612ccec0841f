import { defineThing } from '@thingwright/core';
import * as t from 'typebox';

/** Entries of one answer at most, and where nobody says how many. */
export const MOST_ENTRIES = 10_000;
export const USUAL_ENTRIES = 1000;

const time = (description: string) => t.String({ format: 'date-time', description });

/** What `history` is asked; each Thing names its own properties in place of any text. */
export const HistoryInput = t.Object(
  {
    property: t.String({ description: 'Which one.' }),
    from: t.Optional(time('From this time on; absent: from the begin.')),
    to: t.Optional(time('Up to before this time; absent: to the end.')),
    limit: t.Optional(
      t.Integer({ minimum: 1, maximum: MOST_ENTRIES, description: `Entries at most; absent: ${USUAL_ENTRIES}.` }),
    ),
    bucket: t.Optional(
      t.Number({
        minimum: 0.001,
        maximum: 31_536_000,
        unit: 's',
        description: 'Sums numbers up in spans of that length, which begin at multiples of it since 1970.',
      }),
    ),
    order: t.Optional(t.Enum(['oldest', 'newest'], { description: 'Which end comes first; absent: oldest.' })),
    after: t.Optional(
      t.String({ maxLength: 32, description: 'The `next` of the page before; the rest has to be the same.' }),
    ),
  },
  { additionalProperties: false },
);

/** One entry of a history: a value, or what the numbers of a span of time came to. */
export const HistoryEntry = t.Object({
  time: time('When it was measured; of a span its begin.'),
  value: t.Optional(t.Unknown({ description: 'In the unit of the property; of a span the mean.' })),
  count: t.Optional(t.Integer({ description: 'Of a span: how many numbers it is made of.' })),
  min: t.Optional(t.Number({ description: 'Of a span, in the unit of the property.' })),
  max: t.Optional(t.Number({ description: 'Of a span, in the unit of the property.' })),
});

/** What a Thing that keeps a history can do besides. */
export const HistoryModel = defineThing({
  title: 'History',
  actions: {
    history: {
      title: 'History',
      description:
        'What a property was, a page at a time. What is too old is there as the means of minutes. The same by HTTP: see the links.',
      input: HistoryInput,
      output: t.Object({
        items: t.Array(HistoryEntry),
        next: t.Optional(t.String({ description: 'Given as `after`, it leads to the next page.' })),
      }),
      synchronous: true,
      safe: true,
      idempotent: true,
    },
  },
});
