import type { Thing } from '@thingwright/core';
import { expect } from 'chai';
import { NEVER } from 'rxjs';
import { createInvocationKeepers } from '../src/invocation-keepers.js';

/** Things that keep the invocations that a test gives them, and count how often they are asked. */
function createThings(names: readonly string[]) {
  const kept = new Map(names.map((name) => [name, new Set<string>()]));
  const counts = { asked: 0 };
  const thingNamed = (name: string): Thing => ({
    id: `urn:x:${name}`,
    name,
    model: { title: name },
    request: () => ({}),
    observe: () => NEVER,
    admits: () => true,
    fits: () => true,
    setTitle: () => undefined,
    keepsInvocation(actionID) {
      counts.asked++;
      return kept.get(name)?.has(actionID) === true;
    },
    async [Symbol.asyncDispose]() {},
  });
  const things = new Map(names.map((name) => [name, thingNamed(name)]));
  return { things, kept, counts, thingNamed };
}

const hundred = Array.from({ length: 100 }, (_, i) => `t${i}`);

describe('createInvocationKeepers', () => {
  it('asks all Things for an invocation that is new, and one for the same again', () => {
    const { things, kept, counts } = createThings(hundred);
    kept.get('t99')?.add('a');
    const keepers = createInvocationKeepers(things);
    expect(keepers.of('a')?.name).to.equal('t99');
    expect(counts.asked).to.equal(100);
    expect(keepers.of('a')?.name).to.equal('t99');
    expect(counts.asked).to.equal(101);
    expect(keepers.of('b')).to.equal(undefined);
  });

  it('finds none that is no longer kept, nor one of a Thing that is gone, be its name taken again', () => {
    const { things, kept, thingNamed } = createThings(['a', 'b']);
    const keepers = createInvocationKeepers(things);
    kept.get('a')?.add('x').add('y');
    expect([keepers.of('x')?.name, keepers.of('y')?.name]).to.deep.equal(['a', 'a']);
    kept.get('a')?.delete('x');
    expect(keepers.of('x')).to.equal(undefined);
    things.delete('a');
    expect(keepers.of('y')).to.equal(undefined);
    kept.set('a', new Set());
    things.set('a', thingNamed('a'));
    expect(keepers.of('y')).to.equal(undefined);
  });

  it('remembers a thousand', () => {
    const { things, kept, counts } = createThings(hundred);
    const keepers = createInvocationKeepers(things);
    const ids = Array.from({ length: 1001 }, (_, i) => `id${i}`);
    for (const id of ids) kept.get('t99')?.add(id);
    for (const id of ids) keepers.of(id);
    counts.asked = 0;
    for (const id of ids.slice(1)) keepers.of(id);
    expect(counts.asked).to.equal(1000);
    keepers.of('id0');
    expect(counts.asked).to.equal(1100);
  });
});
