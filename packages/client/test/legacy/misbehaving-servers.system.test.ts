import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { type ClientOptions, type ConsumedThing, type ConsumeOptions, consume } from '../../src/index.js';
import { quickSchedule } from '../fixtures/quick-schedule.js';
import { rejection } from '../fixtures/rejection.js';
import { type StandIn, startStandIn } from '../fixtures/stand-in.js';
import type { Fault } from '../fixtures/stand-in-process.js';

// What the client loads later meets the same core as this file only if this file is a module too, as programs are.
await import('../../src/legacy/open-legacy.js');

const open = (server: StandIn, options: ConsumeOptions & ClientOptions = {}): Promise<ConsumedThing> =>
  consume(server.url, {
    schedule: quickSchedule,
    backOff: { minimum: 100, maximum: 200 },
    ...options,
  });

/** Promises that are looked after: what became of each, and how many are not settled. */
function keepBooks() {
  const outcomes = new Map<string, string>();
  const all: Promise<void>[] = [];
  let pending = 0;
  return {
    outcomes,
    settled: () => Promise.all(all),
    get pending() {
      return pending;
    },
    add(name: string, promise: Promise<unknown> | undefined) {
      pending++;
      const note = (outcome: string) => {
        pending--;
        outcomes.set(name, outcome);
      };
      const codeOf = (thrown: unknown) => (thrown instanceof ThingError ? thrown.code : String(thrown));
      all.push(
        Promise.resolve(promise).then(
          () => note('done'),
          (thrown: unknown) => note(codeOf(thrown)),
        ),
      );
    },
  };
}

/** What each way to misbehave is called by the caller of one request. */
const CODES: Readonly<Record<Fault, string>> = {
  never: 'timeout',
  twice: 'done',
  cut: 'disconnected',
  junk: 'protocol',
  empty: 'protocol',
};

const SERVERS = [
  { name: 'LabThings', start: () => startStandIn('labthings-stand-in.program.ts') },
  { name: 'WebThings gateway', start: () => startStandIn('webthings-stand-in.program.ts', 'gateway') },
  { name: 'WebThings library', start: () => startStandIn('webthings-stand-in.program.ts', 'library') },
];

for (const { name, start } of SERVERS) {
  describe(`A ${name} server that misbehaves`, () => {
    for (const [fault, code] of Object.entries(CODES)) {
      it(`and answers '${fault}' leaves no promise hanging: ${code}`, async () => {
        await using server = await start();
        const requestTimeout = fault === 'never' ? 4000 : 30_000;
        await using thing = await open(server, { requestTimeout });
        const running = thing.actions.bake?.({});
        const actionID = (await running?.id) ?? '';
        for (const method of ['GET', 'PUT', 'POST', 'DELETE']) {
          await server.tell({ do: 'fault', on: method, fault: isFault(fault) ? fault : null });
        }
        const books = keepBooks();
        books.add('read', thing.properties.target?.read());
        books.add('write', thing.properties.target?.write(3));
        books.add('readMultiple', thing.readMultiple(['target', 'target']));
        books.add('readAll', thing.readAll());
        books.add('writeMultiple', thing.writeMultiple({ target: 1 }));
        const invocation = thing.actions.bake?.({});
        books.add('id', invocation?.id);
        books.add('invoke', invocation?.output);
        books.add('status', running?.status());
        books.add('cancel', thing.request({ op: 'cancelaction', name: 'bake', actionID }));
        books.add('all', thing.request({ op: 'queryallactions' }));
        books.add(
          'consume',
          open(server, { requestTimeout }).then((another) => another.close()),
        );
        await books.settled();
        books.add('output', running?.output);
        // A line that breaks may hold again: what became of the action is asked for until its consumer is closed. So it is for a
        // while if there is no answer; that is waited for once.
        const goesOn = fault === 'cut' || (fault === 'never' && name !== 'LabThings');
        if (goesOn) await thing.close();
        await books.settled();
        expect(books.pending).to.equal(0);
        expect(books.outcomes.get('read')).to.equal(code);
        if (fault !== 'twice') expect(books.outcomes.get('invoke')).to.equal(code);
        if (fault !== 'twice') expect(books.outcomes.get('consume')).to.equal(code);
        expect(books.outcomes.get('output')).to.equal(goesOn ? 'disconnected' : 'protocol');
      }).timeout(20_000);
    }

    it('and sends nonsense on its socket is listened to all the same', async () => {
      await using server = await start();
      await using thing = await open(server);
      const target = thing.properties.target;
      if (!target) throw new Error('no target');
      const values: unknown[] = [];
      target.subscribe((value) => values.push(value));
      await firstValueFrom(target.pipe(filter((value) => value === 20)));
      const nonsense = [
        '',
        'null',
        '5',
        '[]',
        '{}',
        '{"messageType":7}',
        '{"messageType":"propertyStatus","data":null}',
      ];
      const more = [
        '{"messageType":"actionStatus","data":{"bake":null}}',
        '{"messageType":"error"}',
        '{"a":'.repeat(600),
      ];
      const twice = '{"messageType":"propertyStatus","data":{"target":31,"__proto__":1}}';
      for (const text of [...nonsense, ...more, twice, twice]) await server.tell({ do: 'frame', text });
      await firstValueFrom(target.pipe(filter((value) => value === 31)));
      await server.tell({ do: 'set', name: 'target', value: 32 });
      await firstValueFrom(target.pipe(filter((value) => value === 32)));
      expect(values.filter((value) => value === 31)).to.deep.equal([31]);
    });

    it('and closes its socket whenever it opens is tried more and more rarely, and closing us ends that', async () => {
      await using server = await start();
      const thing = await open(server);
      const attempts: number[] = [];
      thing.connection.subscribe(({ state, attempt }) => {
        if (state === 'open') attempts.push(attempt);
      });
      for (let round = 0; round < 3; round++) {
        await firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'open')));
        await server.tell({ do: 'close' });
        await firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'waiting')));
      }
      await firstValueFrom(thing.connection.pipe(filter(({ state }) => state === 'open')));
      expect(attempts).to.deep.equal([0, 1, 2, 3]);
      const books = keepBooks();
      books.add('change', firstValueFrom(thing.observe({ op: 'observeproperty', name: 'target' })));
      await thing.close();
      await books.settled();
      expect(books.pending).to.equal(0);
    });
  });
}

const isFault = (fault: string): fault is Fault => Object.hasOwn(CODES, fault);

describe('A server that lies about itself', () => {
  const LIES: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
    ['a base that is none', { base: 'http://[' }, 'protocol'],
    ['a link that is none', { links: [{ rel: 'properties', href: 'http://[' }] }, 'protocol'],
    ['affordances that are none', { properties: { target: 5 }, actions: [], events: 'none', links: [] }, 'notFound'],
    ['a socket that is not there', { links: [{ rel: 'alternate', href: 'ws://127.0.0.1:1/' }] }, 'done'],
    ['a socket that is no address', { links: [{ rel: 'alternate', href: 'ws://[' }] }, 'done'],
  ];
  for (const [what, members, outcome] of LIES) {
    it(`with ${what} gets an error at the caller, or is read without its socket`, async () => {
      await using server = await startStandIn('webthings-stand-in.program.ts', 'gateway');
      await server.tell({ do: 'describe', members });
      const books = keepBooks();
      const reading = async () => {
        await using thing = await open(server, { dialect: 'webthings' });
        return await thing.request({ op: 'readproperty', name: 'target' });
      };
      books.add('read', reading());
      await books.settled();
      expect(books.outcomes.get('read')).to.equal(outcome);
      expect(books.pending).to.equal(0);
    });
  }

  it('gets no credentials at an address of somebody else', async () => {
    await using server = await startStandIn('webthings-stand-in.program.ts', 'gateway');
    await using other = await startStandIn('webthings-stand-in.program.ts', 'gateway');
    const href = other.url.replace('http', 'ws');
    await server.tell({ do: 'describe', members: { links: [{ rel: 'alternate', href }] } });
    await using _thing = await open(server, { token: 'secret' });
    const { upgrades } = await other.tell({ do: 'seen' });
    expect(upgrades).to.deep.equal([{ offered: 'webthing', authorization: '' }]);
  });

  it('and says that it speaks a dialect that it does not speak gets protocol', async () => {
    await using server = await startStandIn('webthings-stand-in.program.ts', 'library');
    expect((await rejection(open(server, { dialect: 'labthings' }))).code).to.equal('protocol');
    expect((await rejection(open(server, { dialect: 'webthingprotocol' }))).code).to.equal('protocol');
  });
});
