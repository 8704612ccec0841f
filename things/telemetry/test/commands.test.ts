import { type Run, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { type CommandOutcome, Commands, type Order } from '../src/commands.js';

const SET_MODE: Order = {
  action: 'SET_MODE',
  payload: { target_mode: 'AUTO' },
  isShownBy: ({ system_status }) => system_status?.mode === 'AUTO',
};

const frame = (mode: string) => ({
  device_id: 'x',
  timestamp: '2026-02-03T12:00:00Z',
  battery: { voltage: 50, soc: 50 },
  system_status: { mode },
});

function fixture() {
  let now = 1_000_000;
  let number = 0;
  const sent: { readonly command_id: string; readonly action: string }[] = [];
  const results: string[] = [];
  const device = { isThere: true, takes: true };
  const commands = new Commands({
    name: 'ems_001',
    now: () => now,
    newID: () => String(++number),
    isThere: () => device.isThere,
    send(text) {
      if (device.takes) sent.push(JSON.parse(text));
      return device.takes;
    },
  });
  commands.results.subscribe(({ commandId, status }) => results.push(`${commandId} ${status}`));
  const run = (signal = new AbortController().signal): Pick<Run<unknown>, 'signal' | 'log'> => ({ signal, log() {} });
  return {
    commands,
    device,
    sent,
    results,
    order: (order: Order = SET_MODE, signal?: AbortSignal): Promise<CommandOutcome> =>
      commands.carryOut(order, run(signal)),
    pass(milliseconds: number) {
      for (let passed = 0; passed < milliseconds; passed += 250) {
        now += 250;
        commands.sweep(now);
      }
    },
  };
}

const failure = (outcome: Promise<unknown>): Promise<unknown> =>
  outcome.then(
    () => 'no failure',
    (error: unknown) => (error instanceof ThingError ? `${error.code}: ${error.detail}` : error),
  );

describe('The commands of a device', () => {
  it('are confirmed by a report that shows the mode', async () => {
    const f = fixture();
    const outcome = f.order();
    expect(f.sent).to.deep.equal([{ command_id: 'cmd_1', action: 'SET_MODE', payload: { target_mode: 'AUTO' } }]);
    f.commands.observe(frame('MANUAL'));
    f.commands.observe(frame('AUTO'));
    expect(await outcome).to.deep.equal({ delivered: true, confirmed: true });
    expect(f.results).to.deep.equal(['cmd_1 done']);
  });

  it('T18: are confirmed by an acknowledgement, or fail by one', async () => {
    const f = fixture();
    const first = f.order();
    f.commands.acknowledge({ commandID: 'cmd_1', status: 'accepted', error: undefined });
    f.commands.acknowledge({ commandID: 'cmd_1', status: 'done', error: undefined });
    f.commands.acknowledge({ commandID: 'cmd_1', status: 'done', error: undefined });
    expect(await first).to.deep.equal({ delivered: true, confirmed: true });
    f.pass(1000);
    const second = failure(f.order());
    f.commands.acknowledge({ commandID: 'cmd_2', status: 'rejected', error: 'too hot' });
    expect(await second).to.equal("failed: 'ems_001' rejected SET_MODE: too hot");
    expect(f.results).to.deep.equal(['cmd_1 accepted', 'cmd_1 done', 'cmd_2 rejected']);
  });

  it('complete unconfirmed after 10 s with a device that never answers', async () => {
    const f = fixture();
    const outcome = f.order();
    f.pass(10_000);
    expect(await outcome).to.deep.equal({ delivered: true, confirmed: false });
    expect(f.results).to.deep.equal(['cmd_1 unconfirmed']);
  });

  it('T11: are sent one a second, and the ninth outstanding one is refused', async () => {
    const f = fixture();
    const outcomes = Array.from({ length: 8 }, () => f.order());
    expect(f.sent).to.have.length(1);
    f.pass(750);
    expect(f.sent).to.have.length(1);
    f.pass(250);
    expect(f.sent).to.have.length(2);
    expect(() => f.commands.accept())
      .to.throw(ThingError)
      .with.property('code', 'tooMany');
    expect(await failure(f.order())).to.match(/^tooMany/);
    f.pass(6000);
    expect(f.sent).to.have.length(8);
    f.pass(10_000);
    expect(await Promise.all(outcomes)).to.deep.equal(Array(8).fill({ delivered: true, confirmed: false }));
  });

  it('T11: are counted from the moment they are accepted', async () => {
    const f = fixture();
    for (let i = 0; i < 8; i++) f.commands.accept();
    expect(() => f.commands.accept())
      .to.throw(ThingError)
      .with.property('code', 'tooMany');
    await Promise.resolve();
    expect(() => f.commands.accept()).not.to.throw();
  });

  it('are refused at once by a device that is away: nothing is queued', async () => {
    const f = fixture();
    f.device.isThere = false;
    expect(() => f.commands.accept())
      .to.throw(ThingError)
      .with.property('code', 'unavailable');
    expect(await failure(f.order())).to.equal("unavailable: 'ems_001' is offline");
  });

  it('fail when the link is gone before they are confirmed, whether sent or waiting', async () => {
    const f = fixture();
    const outcomes = [failure(f.order()), failure(f.order())];
    f.commands.disconnected();
    for (const outcome of await Promise.all(outcomes)) expect(outcome).to.match(/^disconnected/);
    expect(f.results).to.deep.equal(['cmd_1 disconnected', 'cmd_2 disconnected']);
  });

  it('fail when the device takes nothing any more', async () => {
    const f = fixture();
    f.device.takes = false;
    expect(await failure(f.order())).to.match(/^disconnected/);
  });

  it('are not sent once they were cancelled', async () => {
    const f = fixture();
    const stop = new AbortController();
    const first = f.order();
    const second = failure(f.order(SET_MODE, stop.signal));
    stop.abort(new ThingError('aborted', 'stopped'));
    expect(await second).to.equal('aborted: stopped');
    f.pass(2000);
    expect(f.sent).to.have.length(1);
    f.pass(10_000);
    await first;
  });
});
