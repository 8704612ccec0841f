import { expect } from 'chai';
import { Subject } from 'rxjs';
import * as t from 'typebox';
import { defineThing, expose } from '../src/index.js';
import { openWorkbench } from './workbench.js';

const Bell = defineThing({
  title: 'Bell',
  events: { ring: {}, tone: { data: t.Number() }, anything: { data: t.Unknown() } },
});

function bell() {
  const ring = new Subject<void>();
  const tone = new Subject<number>();
  const anything = new Subject<unknown>();
  return { ring, tone, anything, exposure: expose(Bell, () => ({ events: { ring, tone, anything } })) };
}

describe('An event', () => {
  it('is told each time, also with the same data', async () => {
    const { tone, exposure } = bell();
    await using bench = openWorkbench(exposure);
    const seen = bench.collect({ op: 'subscribeevent', name: 'tone' });
    const all = bench.collect({ op: 'subscribeallevents' });
    tone.next(440);
    tone.next(440);
    expect(seen.map(({ value }) => value)).to.deep.equal([440, 440]);
    expect(seen[0]?.id).to.not.equal(seen[1]?.id);
    expect(all).to.deep.equal(seen);
  });

  it('carries no data where its Model declares none', async () => {
    const { ring, exposure } = bell();
    await using bench = openWorkbench(exposure);
    const seen = bench.collect({ op: 'subscribeevent', name: 'ring' });
    ring.next(JSON.parse('5'));
    expect(seen.map(({ value }) => value)).to.deep.equal([undefined]);
  });

  it('is dropped, with a warning, when it lacks its data', async () => {
    const { tone, anything, exposure } = bell();
    await using bench = openWorkbench(exposure);
    const seen = bench.collect({ op: 'subscribeallevents' });
    tone.next(JSON.parse('[]')[0]);
    anything.next(undefined);
    anything.next(null);
    expect(seen.map(({ name, value }) => [name, value])).to.deep.equal([
      ['anything', undefined],
      ['anything', null],
    ]);
    expect(bench.warnings.map(({ message }) => message)).to.deep.equal(['an event was dropped']);
  });

  it('is dropped where outputs are checked and its data break the schema', async () => {
    const { tone, exposure } = bell();
    await using bench = openWorkbench(exposure, { checkOutputs: true });
    const seen = bench.collect({ op: 'subscribeallevents' });
    tone.next(JSON.parse('"high"'));
    expect(seen).to.deep.equal([]);
    expect(bench.warnings[0]?.details).to.deep.include({ thing: 'bench', event: 'tone' });
  });

  it('leaves its Thing alive when its source fails, and says so in the log', async () => {
    const { ring, tone, exposure } = bell();
    await using bench = openWorkbench(exposure);
    const seen = bench.collect({ op: 'subscribeallevents' });
    ring.error(new Error('broken'));
    tone.next(1);
    expect(seen).to.have.lengthOf(1);
    expect(bench.warnings.map(({ message }) => message)).to.deep.equal(['the stream of an event failed']);
  });
});
