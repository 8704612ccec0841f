import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { defineThing, expose, state, ThingError } from '@thingwright/core';
import { type Served, serve } from '@thingwright/listener';
import { expect } from 'chai';
import { Subject } from 'rxjs';
import * as t from 'typebox';
import { main } from '../src/index.js';
import { keptTerminal, run } from './kept-terminal.js';

const Kiln = defineThing({
  title: 'Kiln',
  properties: {
    temperature: { schema: t.Number() },
    label: { schema: t.String() },
    unknown: { schema: t.Number(), readOnly: true },
  },
  actions: {
    fire: {
      input: t.Object({ to: t.Number() }),
      progress: t.Object({ percent: t.Number() }),
      output: t.Object({ reached: t.Number() }),
    },
    soak: {},
    ask: { output: t.String(), synchronous: true },
    fail: {},
  },
  events: { cracked: { data: t.Object({ pot: t.String() }) } },
});

describe('thingwright things, td, read, write, observe, invoke and events', () => {
  let temperature = state(20);
  let cracked = new Subject<{ pot: string }>();
  let served: Served;
  let soaking = Promise.resolve();

  beforeEach(async () => {
    temperature = state(20);
    cracked = new Subject();
    let begin = (): void => undefined;
    soaking = new Promise((resolve) => {
      begin = resolve;
    });
    const kiln = expose(Kiln, () => ({
      properties: { temperature, label: state('raku'), unknown: state<number>() },
      actions: {
        fire: async ({ to }, { progress, log }) => {
          log('lit');
          progress({ percent: 50 });
          temperature.set(to);
          return { reached: to };
        },
        soak: (_input, { signal }) =>
          new Promise<void>((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
            begin();
          }),
        ask: () => 'warm',
        fail: () => {
          throw new ThingError('failed', 'The burner does not light');
        },
      },
      events: { cracked },
    }));
    const bindings = [http(), websocket()];
    served = await serve({ things: { kiln }, bindings, listen: { port: 0 } });
  });
  afterEach(() => served[Symbol.asyncDispose]());

  const environment = () => ({ THINGWRIGHT_URL: served.url });
  const command = (...args: readonly string[]) => run(args, environment());
  const linesOf = (output: string): readonly Record<string, unknown>[] =>
    output.split('\n').map((line) => JSON.parse(line));

  it('list the Things with name, title and id', async () => {
    const { status, output } = await command('things');
    expect(status).to.equal(0);
    expect(output).to.match(/^kiln {2}Kiln {2}urn:uuid:\S+$/);
    expect(linesOf((await command('things', '--json')).output)[0]).to.include({ name: 'kiln', title: 'Kiln' });
  });

  it('find a Thing by the URL of its TD as well as by its name', async () => {
    const byName = await command('td', 'kiln', '--json');
    const byUrl = await run(['td', `${served.url}/things/kiln`, '--json']);
    expect(byName.output).to.equal(byUrl.output);
    expect(JSON.parse(byName.output)).to.include({ title: 'Kiln' });
  });

  it('print one property bare, several by name, and with --json one object a line', async () => {
    expect((await command('read', 'kiln', 'label')).output).to.equal('raku');
    expect((await command('read', 'kiln')).output).to.equal('temperature: 20\nlabel: raku');
    const { output } = await command('read', 'kiln', 'label', 'temperature', '--json');
    expect(linesOf(output).map(({ name, value }) => [name, value])).to.have.deep.members([
      ['label', 'raku'],
      ['temperature', 20],
    ]);
  });

  it('write JSON as JSON and words as a text', async () => {
    expect(await command('write', 'kiln', 'temperature', '900')).to.include({ status: 0, output: '900' });
    expect(temperature.get()).to.equal(900);
    expect(await command('write', 'kiln', 'label', 'blue salt')).to.include({ status: 0, output: 'blue salt' });
  });

  it('say in one line what was refused, and end with 1', async () => {
    const all = [
      await command('read', 'kiln', 'colour'),
      await command('read', 'kiln', 'unknown'),
      await command('read', 'nobody'),
      await command('write', 'kiln', 'temperature', 'hot'),
      await command('write', 'kiln', 'unknown', '1'),
      await command('invoke', 'kiln', 'explode'),
      await command('invoke', 'kiln', 'fire', '{"to": "hot"}'),
      await command('invoke', 'kiln', 'fail'),
      await command('observe', 'kiln', 'colour'),
      await command('events', 'kiln', 'melted'),
      await run(['read', 'kiln', '--url', 'http://127.0.0.1:1']),
    ];
    for (const { status, output, errors } of all) {
      expect([status, output], errors).to.deep.equal([1, '']);
      expect(errors).to.match(/^thingwright: [^\n]+$/);
    }
    expect(all[7]?.errors).to.include('The burner does not light');
  });

  it('end with 2 for wrong usage', async () => {
    for (const args of [
      [],
      ['explode'],
      ['read'],
      ['read', 'kiln', '--frobnicate'],
      ['observe', 'kiln', '--count', '0'],
      ['rotate', 'x', '--overlap', '-1'],
      ['simulate', 'telemetry', '--name', 'x', '--period', '0'],
      ['simulate', 'kiln', '--name', 'x'],
      ['simulate', 'telemetry', '--name', 'x'],
      ['read', 'kiln', '--url', 'nonsense'],
    ]) {
      expect((await command(...args)).status, args.join(' ')).to.equal(2);
    }
  });

  it('print the present value, then each change, as one JSON object a line', async () => {
    const terminal = keptTerminal(environment());
    const ended = main(['observe', 'kiln', 'temperature', '--json', '--count', '2'], terminal);
    const present = JSON.parse(await terminal.line(0));
    expect(present).to.have.all.keys('id', 'thing', 'name', 'value', 'time');
    expect(present).to.include({ id: null, name: 'temperature', value: 20 });
    temperature.set(21);
    const change = JSON.parse(await terminal.line(1));
    expect(change.id).to.match(/^[0-9a-f-]{36}$/);
    expect(change).to.include({ thing: present.thing, value: 21 });
    expect(await ended).to.equal(0);
  });

  it('observe all properties until ^C', async () => {
    const terminal = keptTerminal(environment());
    const ended = main(['observe', 'kiln'], terminal);
    expect(await terminal.line(1)).to.match(/^\S+Z label raku$/);
    temperature.set(22);
    expect(await terminal.line(2)).to.match(/^\S+Z temperature 22$/);
    terminal.interrupt();
    expect(await ended).to.equal(0);
  });

  it('print events as they happen, until ^C', async () => {
    const terminal = keptTerminal(environment());
    const ended = main(['events', 'kiln', 'cracked', '--json'], terminal);
    const first = terminal.line(0);
    const cracking = setInterval(() => cracked.next({ pot: 'vase' }), 20);
    expect(JSON.parse(await first)).to.deep.include({ name: 'cracked', value: { pot: 'vase' } });
    clearInterval(cracking);
    terminal.interrupt();
    expect(await ended).to.equal(0);
  });

  it('invoke an action, follow it and print its output', async () => {
    const { status, output, errors } = await command('invoke', 'kiln', 'fire', '{"to": 1000}');
    expect([status, output]).to.deep.equal([0, '{"reached":1000}']);
    expect(errors.split('\n')).to.have.members(['lit', '{"percent":50}']);
    const json = await command('invoke', 'kiln', 'fire', '{"to": 900}', '--json');
    expect(linesOf(json.output)).to.deep.include.members([
      { progress: { percent: 50 } },
      { log: 'lit' },
      { output: { reached: 900 } },
    ]);
    expect(await command('invoke', 'kiln', 'ask')).to.include({ status: 0, output: 'warm' });
  });

  it('cancel an action at ^C, and end with 1', async () => {
    const terminal = keptTerminal(environment());
    const ended = main(['invoke', 'kiln', 'soak'], terminal);
    await soaking;
    terminal.interrupt();
    expect(await ended).to.equal(1);
    expect(terminal.told.join('\n')).to.include('cancelling').and.include('was cancelled');
  });

  it('show their help with examples, and end with 0', async () => {
    const { status, output, errors } = await command('observe', '--help');
    expect([status, errors]).to.deep.equal([0, '']);
    expect(output).to.include('$ thingwright observe ems_001 batterySoc');
    expect(await command('--help')).to.include({ status: 0, errors: '' });
  });
});
