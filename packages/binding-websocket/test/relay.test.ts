import { type Context, createSite, type Notification, silent, type Thing } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { expect } from 'chai';
import type { Affordance } from '../src/affordance.js';
import type { Encoding } from '../src/encoding.js';
import type { Reader } from '../src/reader.js';
import { Relays } from '../src/relay.js';
import { createVent } from './fixture/vent.js';

const contextOf = (id: string): Context => ({ principal: { id, kind: 'user', grants: [] } });

/** A way to write changes that counts how often it is asked, and for whom. */
function countedEncoding(name: string) {
  const asked: string[] = [];
  const encoding: Encoding = {
    encode: ({ value }: Notification, _affordance: Affordance, { principal }: Context) => {
      asked.push(principal.id);
      return `${name} ${JSON.stringify(value)}`;
    },
    conflate: (text) => text,
    removal: () => undefined,
  };
  return { encoding, asked };
}

/** A vent in a site where everybody may query only invocations of their own. */
function openVent() {
  const vent = createVent();
  const site = createSite({
    compileCheck,
    policy: ({ operation, principal, invoker }) => operation !== 'queryaction' || invoker === principal.id,
  });
  return { ...vent, site, thing: site.add('vent', vent.exposure) };
}

/** A reader that keeps what it gets. */
function readerOf(affordance: Affordance, encoding: Encoding, id: string) {
  const taken: string[] = [];
  const reader: Reader = {
    affordance,
    encoding,
    context: contextOf(id),
    receive: (_notification, text) => taken.push(text),
    dismiss: () => taken.push('over'),
  };
  return { reader, taken };
}

/** How many streams of a Thing are open at a time. */
function countStreams(thing: Thing) {
  const observe = thing.observe.bind(thing);
  let opened = 0;
  thing.observe = (operation, context) => {
    opened++;
    return observe(operation, context);
  };
  return () => opened;
}

describe('a relay', () => {
  it('opens one stream, and encodes a change once for all readers of a dialect', () => {
    const { thing, wind } = openVent();
    const streams = countStreams(thing);
    const relays = new Relays(silent);
    const [one, two] = [countedEncoding('one'), countedEncoding('two')];
    const readers = [one, one, one, two, two].map(({ encoding }, i) => {
      const made = readerOf(relays.affordance(thing, 'property', 'wind'), encoding, `user:${i}`);
      relays.add(made.reader);
      return made;
    });
    wind.set(3);
    expect(readers.map(({ taken }) => taken)).to.deep.equal([['one 3'], ['one 3'], ['one 3'], ['two 3'], ['two 3']]);
    expect([one.asked.length, two.asked.length, streams()]).to.deep.equal([1, 1, 1]);
    for (const { reader } of readers.slice(3)) relays.remove(reader);
    wind.set(4);
    expect([one.asked.length, two.asked.length]).to.deep.equal([2, 1]);
    for (const { reader } of readers.slice(0, 3)) relays.remove(reader);
    wind.set(5);
    expect([one.asked.length, two.asked.length]).to.deep.equal([2, 1]);
  });

  it('encodes what is only for some for the first of those, and not at all where there is none', async () => {
    const { thing } = openVent();
    const relays = new Relays(silent);
    const [known, unknown] = [countedEncoding('known'), countedEncoding('unknown')];
    const affordance = relays.affordance(thing, 'action', 'sweep');
    const ada = readerOf(affordance, known.encoding, 'user:ada');
    const bob = readerOf(affordance, known.encoding, 'user:bob');
    const cyd = readerOf(affordance, unknown.encoding, 'user:cyd');
    for (const { reader } of [bob, ada, cyd]) relays.add(reader);
    await thing.request({ op: 'invokeaction', name: 'sweep', input: { to: 3 } }, contextOf('user:ada'));
    while (ada.taken.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(known.asked).to.deep.equal(['user:ada', 'user:ada']);
    expect([...bob.taken, ...cyd.taken, ...unknown.asked]).to.be.empty;
  });

  it('dismisses the readers of all dialects when its Thing is removed', async () => {
    const { thing, site } = openVent();
    const relays = new Relays(silent);
    const readers = ['one', 'two'].map((name) => {
      const made = readerOf(relays.affordance(thing, 'event', 'jammed'), countedEncoding(name).encoding, 'user:ada');
      relays.add(made.reader);
      return made;
    });
    await site.remove('vent');
    expect(readers.map(({ taken }) => taken)).to.deep.equal([['over'], ['over']]);
  });
});
