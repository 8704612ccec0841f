import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { expectProblem, expectRefusal, expectSuccess, expectToFit, expectUuid } from '../fixture/checks.js';
import { at, type Consumer, isObject, type Message } from '../fixture/consumer.js';
import { openGreenhouse, VIEWER } from '../fixture/greenhouse.js';

const idIn = (response: Message): string => String(at(response, 'status', 'actionID'));

const sweep = async (consumer: Consumer, to = 80): Promise<string> =>
  idIn(expectSuccess(await consumer.ask('invokeaction', { name: 'sweep', input: { to } })));

/** Asks until the instance is over, which it is about to be. */
const ended = async (consumer: Consumer, actionID: string): Promise<Message> => {
  for (;;) {
    const response = await consumer.ask('queryaction', { actionID });
    const state = at(response, 'status', 'state');
    if (state !== 'pending' && state !== 'running') return response;
  }
};

/** The ids listed for an action, in their order. */
const listed = (response: Message, name: string): readonly unknown[] => {
  const all = at(response, 'statuses', name);
  return Array.isArray(all) ? all.map((status) => at(status, 'actionID')) : [];
};

describe('invokeaction', () => {
  it('WTP-075: the handler runs once, with exactly the input sent', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    await consumer.ask('invokeaction', { name: 'beep', input: { times: 2 } });
    await consumer.ask('invokeaction', { name: 'ping' });
    expect(house.vent.calls).to.deep.equal([
      { kind: 'invoke', name: 'beep', value: { times: 2 } },
      { kind: 'invoke', name: 'ping', value: undefined },
    ]);
  });

  it('WTP-076: a synchronous action is answered when it has ended, without status', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const request = consumer.send('invokeaction', { name: 'soak' });
    await consumer.settle();
    expect(house.vent.soaks).to.have.length(1);
    expect(consumer.about(request)).to.have.length(0);
    house.vent.soaks[0]?.finish(12);
    const response = await consumer.until(({ correlationID }) => correlationID === request.correlationID);
    expect(expectSuccess(response)).to.deep.include({ name: 'soak', output: { litres: 12 } });
    expect(response).not.to.have.property('status');
  });

  it('WTP-077: an asynchronous action is answered when it is accepted, with status and without output', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const response = expectSuccess(await consumer.ask('invokeaction', { name: 'sweep', input: { to: 80 } }));
    expectUuid(idIn(response));
    expect(at(response, 'status', 'state')).to.be.oneOf(['pending', 'running']);
    expect(response).not.to.have.property('output');
    expect(house.vent.sweeps[0]?.id).to.equal(idIn(response));
  });

  it('WTP-079: a synchronous response has its name, and its output if there is one', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const beep = expectSuccess(await consumer.ask('invokeaction', { name: 'beep', input: { times: 2 } }));
    expect(beep).to.include({ operation: 'invokeaction', name: 'beep', output: true });
    const ping = expectSuccess(await consumer.ask('invokeaction', { name: 'ping' }));
    expect(ping).to.include({ operation: 'invokeaction', name: 'ping' });
    expect(ping).not.to.have.any.keys('output', 'status');
  });

  it('WTP-080: an asynchronous response has its name and an ActionStatus', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const response = expectSuccess(await consumer.ask('invokeaction', { name: 'calibrate' }));
    expect(response).to.include({ operation: 'invokeaction', name: 'calibrate' });
    expectUuid(idIn(response));
    expect(at(response, 'status', 'state')).to.be.oneOf(['pending', 'running']);
  });

  for (const [what, members, status] of [
    ['a handler that throws', { name: 'beep', input: { times: 10 } }, 500],
    ['input that breaks its schema', { name: 'beep', input: { times: 0 } }, 400],
    ['missing input', { name: 'beep' }, 400],
    ['input of an asynchronous action that breaks its schema', { name: 'sweep', input: { to: 'far' } }, 400],
    ['an unknown action', { name: 'nope' }, 404],
  ] as const) {
    it(`WTP-081: ${what} gives one error response, ${status}`, async () => {
      await using house = await openGreenhouse();
      await using consumer = await house.dial();
      const request = consumer.send('invokeaction', members);
      const response = await consumer.until(({ correlationID }) => correlationID === request.correlationID);
      expectRefusal(response, status);
      await consumer.settle();
      expect(consumer.about(request)).to.have.length(1);
    });
  }

  it('WTP-N11, WTP-N12: after an asynchronous answer a failure is told by queryaction alone', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const request = consumer.send('invokeaction', { name: 'sweep', input: { to: 80 } });
    await consumer.until(({ correlationID }) => correlationID === request.correlationID);
    const [run] = house.vent.sweeps;
    run?.fail(new Error('the vent is blocked'));
    const query = await ended(consumer, run?.id ?? '');
    expect(at(query, 'status', 'state')).to.equal('failed');
    expectProblem(at(query, 'status', 'error'), 500);
    expect(query).not.to.have.property('error');
    expect(consumer.about(request)).to.have.length(1);
  });
});

describe('queryaction', () => {
  it('WTP-083: the status is that of the instance asked for', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const [first, second] = [await sweep(consumer), await sweep(consumer)];
    house.vent.sweeps[1]?.finish(7);
    await ended(consumer, second);
    const response = await consumer.ask('queryaction', { actionID: first });
    expect(response.status).to.include({ actionID: first, state: 'running' });
  });

  it('WTP-084: name and status answer it', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const actionID = await sweep(consumer);
    const response = expectSuccess(await consumer.ask('queryaction', { actionID }));
    expect(response).to.include({ operation: 'queryaction', name: 'sweep' });
    expect(response.status).to.satisfy(isObject);
  });

  it('WTP-085: an instance that waits for its turn is pending', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    await consumer.ask('invokeaction', { name: 'calibrate' });
    const waiting = idIn(await consumer.ask('invokeaction', { name: 'calibrate' }));
    const response = await consumer.ask('queryaction', { actionID: waiting });
    expect(at(response, 'status', 'state')).to.equal('pending');
    expect(house.vent.calibrations).to.have.length(1);
  });

  it('WTP-086: an instance under way is running, without an end', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const response = await consumer.ask('queryaction', { actionID: await sweep(consumer) });
    expect(at(response, 'status', 'state')).to.equal('running');
    expect(response.status).not.to.have.property('timeEnded');
  });

  it('WTP-087: an instance that ended well is completed, with its output', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const actionID = await sweep(consumer);
    house.vent.sweeps[0]?.finish(96);
    const response = await ended(consumer, actionID);
    expect(response.status).to.deep.include({ state: 'completed', output: { steps: 96 } });
    expectToFit(at(response, 'status', 'output'), at(await house.td(), 'actions', 'sweep', 'output'));
  });

  it('WTP-088: an instance that failed has its error in the status', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const actionID = await sweep(consumer);
    house.vent.sweeps[0]?.fail(new Error('the vent is blocked'));
    const response = expectSuccess(await ended(consumer, actionID));
    expect(at(response, 'status', 'state')).to.equal('failed');
    expectProblem(at(response, 'status', 'error'), 500);
  });

  it('WTP-089: there is one response to a query, also when the instance ends later', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const actionID = await sweep(consumer);
    const query = consumer.send('queryaction', { actionID });
    await consumer.settle();
    house.vent.sweeps[0]?.finish(1);
    await ended(consumer, actionID);
    expect(consumer.about(query)).to.have.length(1);
  });

  it('WTP-090, WTP-N12: an unknown actionID is refused with 404', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const response = await consumer.ask('queryaction', { actionID: randomUUID() });
    expectRefusal(response, 404);
    expect(response).not.to.have.property('status');
  });

  it('WTP-N14: the last ended instance stays to be queried', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const [first, second] = [await sweep(consumer), await sweep(consumer)];
    for (const run of house.vent.sweeps) run.finish(1);
    await ended(consumer, first);
    expect(at(await ended(consumer, second), 'status', 'state')).to.equal('completed');
  });
});

describe('cancelaction', () => {
  it('WTP-092: the handler is told to stop', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const actionID = await sweep(consumer);
    expect(house.vent.sweeps[0]?.signal.aborted).to.equal(false);
    await consumer.ask('cancelaction', { actionID });
    expect(house.vent.sweeps[0]?.signal.aborted).to.equal(true);
  });

  it('WTP-093: one response with the actionID answers it', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const actionID = await sweep(consumer);
    const request = consumer.send('cancelaction', { actionID });
    const response = await consumer.until(({ correlationID }) => correlationID === request.correlationID);
    expect(expectSuccess(response)).to.include({ operation: 'cancelaction', actionID });
    await consumer.settle();
    expect(consumer.about(request)).to.have.length(1);
  });

  it('WTP-N13: a cancelled instance is gone', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const actionID = await sweep(consumer);
    await consumer.ask('cancelaction', { actionID });
    expectRefusal(await consumer.ask('queryaction', { actionID }), 404);
    expect(listed(await consumer.ask('queryallactions'), 'sweep')).to.deep.equal([]);
  });
});

describe('queryallactions', () => {
  it('WTP-095: ongoing and recently ended instances are collected, those that the caller may see', async () => {
    await using house = await openGreenhouse();
    await using operator = await house.dial();
    await using viewer = await house.dial(VIEWER);
    const running = await sweep(operator);
    const completed = await sweep(operator);
    const failed = await sweep(operator);
    const own = await sweep(viewer);
    house.vent.sweeps[1]?.finish(1);
    house.vent.sweeps[2]?.fail(new Error('blocked'));
    await ended(operator, completed);
    await ended(operator, failed);
    expect(listed(await operator.ask('queryallactions'), 'sweep')).to.have.members([running, completed, failed, own]);
    expect(listed(await viewer.ask('queryallactions'), 'sweep')).to.deep.equal([own]);
  });

  it('WTP-096: statuses has arrays of ActionStatus by action name', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    await sweep(consumer);
    const { statuses } = expectSuccess(await consumer.ask('queryallactions'));
    if (!isObject(statuses)) throw new TypeError('statuses is no object');
    for (const name of Object.keys(statuses)) expect(house.vent.model.actions).to.have.property(name);
    for (const list of Object.values(statuses)) expect(list).to.be.an('array');
    expect(statuses.sweep).to.have.length(1);
  });

  it('WTP-097: the newest request comes first', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const ids = [await sweep(consumer, 1), await sweep(consumer, 2), await sweep(consumer, 3)];
    const response = await consumer.ask('queryallactions');
    expect(listed(response, 'sweep')).to.deep.equal(ids.reverse());
    const all = at(response, 'statuses', 'sweep');
    const times = Array.isArray(all) ? all.map((status) => String(at(status, 'timeRequested'))) : [];
    expect(times).to.deep.equal([...times].sort().reverse());
  });
});
