import { expect } from 'chai';
import * as t from 'typebox';
import { defineThing, type Model } from '../src/index.js';

const bool = t.Boolean();
const union = t.Union([t.String(), t.Number()]);

describe('defineThing', () => {
  it('gives the Model back as it is', () => {
    const model = { title: 'Lamp', properties: { on: { schema: bool } } } as const;
    expect(defineThing(model)).to.equal(model);
    expect(() => defineThing({ title: 'Empty' })).to.not.throw();
    const names = { ['__proto__']: { schema: bool }, constructor: { schema: bool }, 'größe 1': { schema: bool } };
    expect(() => defineThing({ title: 'Odd', properties: names })).to.not.throw();
  });

  const refused: readonly [string, Model, string][] = [
    ['no title', { title: '' }, 'A Model needs a title'],
    ['an empty name', { title: 'T', events: { '': {} } }, "Thing 'T', event '': a name must not be empty"],
    ['a slash in a name', { title: 'T', actions: { 'a/b': {} } }, "Thing 'T', action 'a/b': a name must not"],
    ['a control character in a name', { title: 'T', properties: { 'a\n': { schema: bool } } }, 'control characters'],
    [
      'a property that is neither to be read nor written',
      { title: 'T', properties: { p: { schema: bool, readOnly: true, writeOnly: true } } },
      "Thing 'T', property 'p': readOnly and writeOnly exclude each other",
    ],
    [
      'readOnly within the schema of a property',
      { title: 'T', properties: { p: { schema: t.Boolean({ readOnly: true }) } } },
      "Thing 'T', property 'p': readOnly and writeOnly belong beside the schema",
    ],
    [
      'a write-only property to be observed',
      { title: 'T', properties: { p: { schema: bool, writeOnly: true, observable: true } } },
      "Thing 'T', property 'p': a write-only property cannot be observable",
    ],
    [
      'a synchronous action with progress',
      { title: 'T', actions: { a: { synchronous: true, progress: bool } } },
      "Thing 'T', action 'a': a synchronous action has no progress",
    ],
    [
      'a synchronous action to be cancelled',
      { title: 'T', actions: { a: { synchronous: true, cancelable: true } } },
      "Thing 'T', action 'a': a synchronous action cannot be cancelled",
    ],
    [
      'a synchronous action to be acknowledged',
      { title: 'T', actions: { a: { synchronous: true, acknowledged: true } } },
      "Thing 'T', action 'a': a synchronous action is not acknowledged, but answered",
    ],
    [
      'an event with the name of the action status',
      { title: 'T', actions: { a: {} }, events: { actionStatus: {} } },
      "Thing 'T', event 'actionStatus': the name is taken",
    ],
    [
      'a property',
      { title: 'T', properties: { p: { schema: union } } },
      "Thing 'T', property 'p': a Thing Description",
    ],
    ['an input', { title: 'T', actions: { a: { input: union } } }, "Thing 'T', input of action 'a': a Thing"],
    ['an output', { title: 'T', actions: { a: { output: union } } }, "Thing 'T', output of action 'a': a Thing"],
    ['a progress', { title: 'T', actions: { a: { progress: union } } }, "Thing 'T', progress of action 'a': a Thing"],
    ['data', { title: 'T', events: { e: { data: union } } }, "Thing 'T', data of event 'e': a Thing"],
    [
      'a URI variable',
      { title: 'T', events: { e: { uriVariables: { v: union } } } },
      "Thing 'T', URI variable 'v' of event 'e': a Thing",
    ],
    [
      'a URI variable that is an object',
      { title: 'T', properties: { p: { schema: bool, uriVariables: { v: t.Object({}) } } } },
      "Thing 'T', URI variable 'v' of property 'p': it cannot be an object or an array",
    ],
    [
      'a URI variable that is an array',
      { title: 'T', actions: { a: { uriVariables: { v: t.Array(bool) } } } },
      "Thing 'T', URI variable 'v' of action 'a': it cannot be an object or an array",
    ],
  ];
  for (const [what, model, message] of refused) {
    const why = message.includes('a Thing') ? `${what} that a Thing Description cannot say` : what;
    it(`refuses ${why}`, () => {
      expect(() => defineThing(model)).to.throw(TypeError, message);
    });
  }

  it('lets an own event be named actionStatus where no action is asynchronous', () => {
    const model: Model = { title: 'T', actions: { a: { synchronous: true } }, events: { actionStatus: {} } };
    expect(() => defineThing(model)).to.not.throw();
  });
});
