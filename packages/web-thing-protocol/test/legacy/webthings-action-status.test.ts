import type { InvocationStatus } from '@thingwright/core';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  decodeWebThingsMessage,
  encodeWebThingsActionStatus,
  readWebThingsStatus,
  toWebThingsStatus,
} from '../../src/legacy/index.js';

const options = { thing: 'kiln', strict: false };
const pending: InvocationStatus = {
  action: 'bake',
  actionID: '7',
  state: 'pending',
  timeRequested: '2026-03-04T06:20:00.000Z',
};
const ended = { timeEnded: '2026-03-04T06:50:00.000Z' };

describe('encodeWebThingsActionStatus', () => {
  it('4.4 is written as in the table, byte for byte', () => {
    expect(encodeWebThingsActionStatus(pending, options)).to.equal(
      '{"messageType":"actionStatus","id":"kiln","data":{"bake":{"href":"/things/kiln/actions/bake/7",' +
        '"status":"pending","timeRequested":"2026-03-04T06:20:00.000Z"}}}',
    );
  });

  it('4.4 has timeCompleted once completed, and the input if it was given', () => {
    const run: InvocationStatus = { ...pending, ...ended, state: 'completed', input: 0 };
    expect(toWebThingsStatus(run, options)).to.include({ input: 0, timeCompleted: ended.timeEnded });
  });

  it('4.5 failed comes with its error, cancelled is deleted', () => {
    const failed: InvocationStatus = {
      ...pending,
      ...ended,
      state: 'failed',
      error: { code: 'failed', detail: 'broken' },
    };
    const { status, error } = JSON.parse(JSON.stringify(toWebThingsStatus(failed, options)));
    expect(status).to.equal('failed');
    expect(error).to.include({ status: 500, detail: 'broken' });
    const cancelled: InvocationStatus = { ...failed, error: { code: 'aborted', detail: 'stopped' } };
    expect(toWebThingsStatus(cancelled, options)).to.include({ status: 'deleted' }).and.not.to.have.property('error');
  });

  it('has no address for an action that answers at its end', () => {
    const status = toWebThingsStatus({ action: 'beep', state: 'completed', output: true }, options);
    expect(status).to.deep.equal({ status: 'completed', output: true });
  });

  it('W8, X7 carries the output, but in strict mode', () => {
    const run: InvocationStatus = { ...pending, ...ended, state: 'completed', output: false };
    expect(toWebThingsStatus(run, options)).to.include({ output: false });
    expect(toWebThingsStatus(run, { ...options, strict: true })).not.to.have.property('output');
  });

  it('is read back by a client, whatever the action is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.uuid(), (action, actionID) => {
        const text = encodeWebThingsActionStatus({ ...pending, action, actionID }, options);
        const read = decodeWebThingsMessage(text);
        expect(read.type === 'actions' && read.runs[0]).to.include({ action, actionID, state: 'pending' });
      }),
    );
    const odd = decodeWebThingsMessage(encodeWebThingsActionStatus({ ...pending, action: '__proto__' }, options));
    expect(odd.type === 'actions' && odd.runs[0]?.action).to.equal('__proto__');
  });
});

describe('readWebThingsStatus', () => {
  const bare = { href: '/actions/bake/7', status: 'created', timeRequested: 't' };

  it('4.8 takes the old shape and the new', () => {
    for (const body of [bare, { bake: bare }]) {
      expect(readWebThingsStatus('bake', body)).to.include({
        actionID: '7',
        state: 'pending',
        href: '/actions/bake/7',
      });
    }
  });

  it("4.5 a device's own word is unfinished unless it says when it ended", () => {
    const baking = { ...bare, status: 'baking' };
    expect(readWebThingsStatus('bake', baking)).to.include({ state: 'running', word: 'baking' });
    expect(readWebThingsStatus('bake', { ...baking, timeCompleted: 't' })).to.include({ state: 'completed' });
    expect(readWebThingsStatus('bake', { ...baking, timeCompleted: 't', error: {} })).to.include({ state: 'failed' });
  });

  it('never throws, and gives nothing for what is none', () => {
    for (const body of [undefined, null, [], 5, {}, { fade: bare }]) {
      expect(readWebThingsStatus('bake', body)).to.equal(undefined);
    }
    const key = fc.constantFrom('bake', 'status', 'href', 'error', 'timeCompleted', 'timeEnded');
    fc.assert(fc.property(fc.object({ key }), (body) => void readWebThingsStatus('bake', body)));
  });
});
