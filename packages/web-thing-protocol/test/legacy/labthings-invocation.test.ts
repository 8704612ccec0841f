import type { InvocationStatus } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { readInvocation, toInvocation, toInvocationSummary } from '../../src/legacy/index.js';

const id = '4f3a1c9e-6f0b-4f0e-9a55-0d7b3f4c2a10';
const place = { thing: 'kiln', base: 'http://127.0.0.1:8080' };
const href = `http://127.0.0.1:8080/action_invocations/${id}`;
const EXCEPTIONS =
  'https://labthings-fastapi.readthedocs.io/en/latest/autoapi/labthings_fastapi/exceptions/index.html#labthings_fastapi.exceptions.';

const run: InvocationStatus = {
  action: 'bake',
  actionID: id,
  state: 'running',
  input: { minutes: 30 },
  progress: { percent: 40 },
  log: [{ message: 'door locked', time: '2026-03-04T06:20:00.010Z' }],
  timeRequested: '2026-03-04T06:20:00.000Z',
  timeStarted: '2026-03-04T06:20:00.004Z',
};

const json = (value: object): Record<string, unknown> => JSON.parse(JSON.stringify(value));

const SUMMARY = {
  status: 'running',
  id,
  action: '/things/kiln/bake',
  href,
  timeRequested: '2026-03-04T06:20:00.000Z',
  timeStarted: '2026-03-04T06:20:00.004Z',
  timeCompleted: null,
  links: [
    { rel: 'self', href },
    { rel: 'output', href: `${href}/output` },
  ],
};

describe('toInvocation', () => {
  it('3.9 is the example of the reference, member for member', () => {
    expect(json(toInvocation(run, place, false))).to.deep.equal({
      ...SUMMARY,
      input: { minutes: 30 },
      output: null,
      error: null,
      progress: { percent: 40 },
      log: [
        {
          message: 'door locked',
          levelname: 'INFO',
          levelno: 20,
          lineno: 0,
          filename: '',
          created: '2026-03-04T06:20:00.010Z',
          exception_type: null,
          traceback: null,
        },
      ],
    });
  });

  it('3.9 a summary has no input, output, log and error', () => {
    expect(json(toInvocationSummary(run, place))).to.deep.equal(SUMMARY);
  });

  it('X7 has no progress in strict mode', () => {
    expect(toInvocation(run, place, true)).not.to.have.property('progress');
  });

  it('3.9 names the two errors that the client compares literally', () => {
    const failed = (code: 'aborted' | 'conflict' | 'failed') =>
      json(toInvocation({ ...run, state: 'failed', error: { code, detail: 'why' } }, place, true));
    expect(failed('aborted')).to.deep.include({ status: 'cancelled' });
    expect(failed('aborted').error).to.include({ type: `${EXCEPTIONS}InvocationCancelledError`, detail: 'why' });
    expect(failed('conflict').error).to.include({ type: `${EXCEPTIONS}GlobalLockBusyError`, status: 409 });
    expect(failed('failed')).to.deep.include({ status: 'error' });
    expect(failed('failed').error).to.include({ status: 500, detail: 'why' });
  });

  it('3.9 sends the last 1,000 lines of a log, with the number of Python for their level', () => {
    const lines = Array.from({ length: 1001 }, (_, number) => ({
      message: `${number}`,
      time: 't',
    }));
    const { log } = json(toInvocation({ ...run, log: lines }, place, false));
    expect(log).to.have.length(1000);
    expect(log).to.have.deep.nested.property('[0].message', '1');
    expect(log).to.have.deep.nested.property('[0].levelno', 20);
  });

  it('L10 tells nothing of our insides, and outputs of 0, false and empty as they are', () => {
    for (const output of [0, false, '']) {
      expect(toInvocation({ ...run, state: 'completed', output }, place, false)).to.include({ output });
    }
  });

  it('writes names into paths as paths want them', () => {
    expect(toInvocationSummary({ ...run, action: 'a/b ?' }, place)).to.include({ action: '/things/kiln/a%2Fb%20%3F' });
  });
});

describe('readInvocation', () => {
  it('reads back what toInvocation writes', () => {
    const read = readInvocation(json(toInvocation(run, place, false)));
    expect(read).to.deep.include({ action: 'bake', actionID: id, state: 'running', href, input: { minutes: 30 } });
    expect(read).to.deep.include({ progress: { percent: 40 }, error: undefined, timeEnded: undefined });
    const cancelled: InvocationStatus = {
      ...run,
      state: 'failed',
      error: { code: 'aborted', detail: 'why' },
      timeEnded: 't',
    };
    const ended = readInvocation(json(toInvocation(cancelled, place, false)));
    expect(ended).to.include({ state: 'cancelled', timeEnded: 't' });
    expect(ended?.error).to.include({ code: 'aborted', detail: 'why' });
  });

  it('takes the address from its links, and an unknown word for unfinished unless it ended', () => {
    const bare = {
      action: '/kiln/bake',
      status: 'baking',
      links: [null, { rel: 'self', href: '/action_invocations/7' }],
    };
    expect(readInvocation(bare)).to.include({ state: 'running', href: '/action_invocations/7', actionID: '7' });
    expect(readInvocation({ ...bare, timeCompleted: 't' })).to.include({ state: 'completed' });
    expect(readInvocation({ ...bare, timeCompleted: 't', error: {} })).to.include({ state: 'failed' });
  });

  it('never throws, and gives nothing for what is none', () => {
    for (const body of [undefined, null, [], 5, {}, { action: '' }, { action: 5, status: 'running' }]) {
      expect(readInvocation(body)).to.equal(undefined);
    }
    const key = fc.constantFrom('action', 'status', 'links', 'href', 'id', 'error', 'timeCompleted');
    fc.assert(fc.property(fc.object({ key }), (body) => void readInvocation({ status: 'x', action: '/a', ...body })));
  });
});
