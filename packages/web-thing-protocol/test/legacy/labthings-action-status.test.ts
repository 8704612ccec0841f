import { expect } from 'chai';
import { decodeLabThingsMessage, encodeLabThingsActionStatus } from '../../src/legacy/index.js';

const run = { action: 'bake', actionID: '4f3a1c9e-6f0b-4f0e-9a55-0d7b3f4c2a10', state: 'running' } as const;
const href = `/action_invocations/${run.actionID}`;

describe('encodeLabThingsActionStatus', () => {
  it('3.3 in strict mode is written as in the table, byte for byte', () => {
    expect(encodeLabThingsActionStatus(run, true)).to.equal(
      '{"messageType":"actionStatus","data":{"action name":"bake","status":"running"}}',
    );
  });

  it('L4, X5 tells two runs of one action apart by id and href inside data; the href is a path, the same for all readers', () => {
    const { data } = JSON.parse(encodeLabThingsActionStatus(run, false));
    expect(data).to.deep.equal({ 'action name': 'bake', status: 'running', id: run.actionID, href });
  });

  it('3.7.6 to 3.7.8 has one word for each state', () => {
    const aborted = { code: 'aborted', detail: 'stopped' } as const;
    const failed = { code: 'failed', detail: 'broken' } as const;
    const states = [
      { ...run, state: 'pending' },
      run,
      { ...run, state: 'completed' },
      { ...run, state: 'failed', error: failed },
      { ...run, state: 'failed', error: aborted },
    ] as const;
    const words = states.map((one) => JSON.parse(encodeLabThingsActionStatus(one, true)).data.status);
    expect(words).to.deep.equal(['pending', 'running', 'completed', 'error', 'cancelled']);
  });

  it('is read back by a client, with our members and without', () => {
    const ours = decodeLabThingsMessage(encodeLabThingsActionStatus(run, false));
    expect(ours.type === 'actions' && ours.runs[0]).to.include({ ...run, word: 'running', href });
    const theirs = decodeLabThingsMessage(encodeLabThingsActionStatus(run, true));
    expect(theirs.type === 'actions' && theirs.runs[0]).to.include({ action: 'bake', actionID: undefined });
  });
});
