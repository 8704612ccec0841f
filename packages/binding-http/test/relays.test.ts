import { type Notification, type ObserveOperation, silent, type Thing } from '@thingwright/core';
import { expect } from 'chai';
import { Subject } from 'rxjs';
import { createRelays, type RelayReader } from '../src/relays.js';

const CONTEXT = { principal: { id: 'user:ada', kind: 'user', grants: [] } } as const;
const ONE: ObserveOperation = { op: 'observeproperty', name: 'wind' };
const ALL: ObserveOperation = { op: 'observeallproperties' };

/** A Thing whose notifications are pushed by hand, and counted: how often it is observed, how often one is encoded. */
function createThing() {
  const notifications = new Subject<Notification>();
  const counts = { observed: 0, encoded: 0 };
  const thing: Thing = {
    id: 'urn:x',
    name: 'lab',
    model: { title: 'Lab' },
    request: () => ({}),
    admits: () => true,
    fits: () => true,
    keepsInvocation: () => false,
    setTitle: () => undefined,
    observe() {
      counts.observed++;
      return notifications;
    },
    async [Symbol.asyncDispose]() {},
  };
  const push = (value: unknown): void =>
    notifications.next({
      id: 'x',
      thing: 'urn:x',
      kind: 'property',
      name: 'wind',
      time: 't',
      value: {
        toJSON() {
          counts.encoded++;
          return value;
        },
      },
    });
  return { thing, notifications, counts, push };
}

function createReader(admits = true): RelayReader & { readonly texts: string[]; ends: number } {
  const texts: string[] = [];
  return {
    texts,
    ends: 0,
    admits: () => admits,
    take: (_notification, text) => void texts.push(text),
    end() {
      this.ends++;
    },
  };
}

describe('relays', () => {
  it('observe once and encode once, for all readers of one and of all affordances', () => {
    const { thing, counts, push } = createThing();
    const relays = createRelays(silent);
    const readers = [createReader(), createReader(), createReader()];
    for (const [i, reader] of readers.entries()) relays.join(thing, i === 2 ? ALL : ONE, CONTEXT, reader);
    push(7);
    expect(counts).to.deep.equal({ observed: 2, encoded: 1 });
    for (const { texts } of readers) expect(texts).to.deep.equal(['event: wind\nid: t\ndata: 7\n\n']);
  });

  it('encode nothing that nobody may have', () => {
    const { thing, counts, push } = createThing();
    createRelays(silent).join(thing, ONE, CONTEXT, createReader(false));
    push(7);
    expect(counts.encoded).to.equal(0);
  });

  it('stop observing with the last reader, and begin again with the next', () => {
    const { thing, notifications, counts, push } = createThing();
    const relays = createRelays(silent);
    const [first, second] = [createReader(), createReader()];
    const leaveFirst = relays.join(thing, ONE, CONTEXT, first);
    const leaveSecond = relays.join(thing, ONE, CONTEXT, second);
    leaveFirst();
    leaveFirst();
    push(1);
    leaveSecond();
    expect(notifications.observed).to.equal(false);
    const third = createReader();
    relays.join(thing, ONE, CONTEXT, third);
    push(2);
    expect(counts.observed).to.equal(2);
    expect([first.texts.length, second.texts.length, third.texts.length]).to.deep.equal([0, 1, 1]);
  });

  it('end their readers with the Thing, also those who come later', () => {
    const { thing, notifications } = createThing();
    const relays = createRelays(silent);
    const reader = createReader();
    relays.join(thing, ONE, CONTEXT, reader);
    notifications.complete();
    const late = createReader();
    relays.join(thing, ONE, CONTEXT, late);
    expect([reader.ends, late.ends]).to.deep.equal([1, 1]);
  });

  it('end their readers, and log, when the stream fails', () => {
    const { thing, notifications } = createThing();
    const warnings: object[] = [];
    const relays = createRelays({ ...silent, warn: (details) => void warnings.push(details) });
    const reader = createReader();
    relays.join(thing, ONE, CONTEXT, reader);
    notifications.error(new Error('gone'));
    expect([reader.ends, warnings.length]).to.deep.equal([1, 1]);
  });

  it('drop a value that is no JSON, and go on', () => {
    const { thing, push } = createThing();
    const errors: object[] = [];
    const relays = createRelays({ ...silent, error: (details) => void errors.push(details) });
    const reader = createReader();
    relays.join(thing, ONE, CONTEXT, reader);
    push(1n);
    push(2);
    expect([reader.texts.length, errors.length]).to.deep.equal([1, 1]);
  });
});
