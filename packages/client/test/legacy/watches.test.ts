import { silent, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { Watches } from '../../src/legacy/watches.js';
import { createFakeSchedule } from '../fixtures/fake-schedule.js';

/** Watches on a line in the test's hands, whose server drops it when it is asked for one of some names. */
function onALine() {
  const time = createFakeSchedule();
  const sent: string[] = [];
  const errors: ThingError[] = [];
  const gaps: string[] = [];
  const watches = new Watches({
    schedule: time.schedule,
    log: silent,
    send: (text) => sent.push(text),
    begin: (kind, name) => (kind === 'property' && name === 'unasked' ? undefined : name),
    end: (_kind, name) => `no ${name}`,
    gap: (_kind, name) => gaps.push(name),
  });
  const listen = (name: string) =>
    watches.add('property', name, {
      next() {},
      opened() {},
      error: (error) => errors.push(error),
    });
  return { time, sent, errors, gaps, watches, listen };
}

describe('Watches', () => {
  it('asks for all again on each connection, and tells of the gaps', () => {
    const { sent, gaps, watches, listen } = onALine();
    listen('a');
    expect(sent).to.deep.equal([]);
    watches.up();
    listen('b');
    listen('a');
    expect(sent).to.deep.equal(['a', 'b']);
    watches.down(false);
    watches.up();
    expect(sent.slice(2).sort()).to.deep.equal(['a', 'b']);
    expect(gaps.sort()).to.deep.equal(['a', 'b']);
  });

  it('ends what nobody listens to any more', () => {
    const { sent, watches, listen } = onALine();
    watches.up();
    const ends = [listen('a'), listen('a')];
    ends[0]?.();
    expect(sent).to.deep.equal(['a']);
    ends[1]?.();
    ends[1]?.();
    expect(sent).to.deep.equal(['a', 'no a']);
  });

  it('forgives one broken connection, and blames a frame after the second', () => {
    const { time, sent, errors, watches, listen } = onALine();
    listen('a');
    watches.up();
    watches.down(true);
    expect(errors).to.deep.equal([]);
    watches.up();
    watches.down(true);
    expect(errors.map(({ code }) => code)).to.deep.equal(['protocol']);
    watches.up();
    expect(sent).to.deep.equal(['a', 'a']);
    expect(time.waiting).to.equal(0);
  });

  it('blames nothing for a close in order, nor for a connection that stood for a second', () => {
    const { time, errors, watches, listen } = onALine();
    listen('a');
    for (let round = 0; round < 5; round++) {
      watches.up();
      if (round % 2 === 0) time.advance(1000);
      watches.down(round % 2 === 0);
    }
    expect(errors).to.deep.equal([]);
  });

  it('finds the bad ones among many by sending fewer and fewer together, and keeps the others', () => {
    const { time, sent, errors, watches, listen } = onALine();
    const bad = new Set(['n13', 'n40']);
    for (let n = 0; n < 64; n++) listen(`n${n}`);
    let connections = 0;
    let isSettled = false;
    while (!isSettled && connections < 100) {
      connections++;
      const from = sent.length;
      watches.up();
      const isDropped = () => sent.slice(from).some((name) => bad.has(name));
      while (!isDropped() && time.waiting > 0) time.advance(1000);
      isSettled = !isDropped();
      if (isSettled) expect(new Set(sent.slice(from)).size).to.equal(62);
      else watches.down(true);
    }
    expect(errors.map(({ detail }) => /'(\w+)'/.exec(detail)?.[1]).sort()).to.deep.equal(['n13', 'n40']);
    expect(connections).to.be.below(20);
  });

  it('ends all when the socket is over, and leaves no timer', () => {
    const { time, errors, watches, listen } = onALine();
    listen('a');
    listen('unasked');
    watches.up();
    watches.failAll(new ThingError('notFound', 'gone'));
    expect(errors).to.have.length(2);
    expect(time.waiting).to.equal(0);
  });
});
