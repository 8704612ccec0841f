import { expect } from 'chai';
import { expectDateTime, expectProblem, expectToFit } from '../fixture/checks.js';
import { at, isObject } from '../fixture/consumer.js';
import { affordancesOf, formsOf, profileForm } from '../fixture/forms.js';
import { type Greenhouse, OPERATOR, openGreenhouse, VIEWER } from '../fixture/greenhouse.js';
import { type Answer, expectHttpProblem, expectJson, mediaType, send } from '../fixture/http.js';

/** Invokes an action by the form of its TD. */
const invoke = async (house: Greenhouse, name: string, input?: unknown, token = OPERATOR): Promise<Answer> => {
  const { url } = profileForm(await house.td(token), 'invokeaction', name);
  const body = input === undefined ? {} : { json: input };
  return send(url, { method: 'POST', token, headers: { accept: 'application/json' }, ...body });
};

const statusUrl = (house: Greenhouse, { headers }: Answer): string => new URL(String(headers.location), house.url).href;

const sweep = async (house: Greenhouse, token = OPERATOR): Promise<string> =>
  statusUrl(house, await invoke(house, 'sweep', { to: 10 }, token));

const query = (url: string, token = OPERATOR): Promise<Answer> => send(url, { token });

/** Asks until the instance is over, which it is about to be. */
async function ended(url: string): Promise<unknown> {
  for (;;) {
    const status = expectJson(await query(url));
    if (!['pending', 'running'].includes(String(at(status, 'status')))) return status;
  }
}

function expectStatus(value: unknown, { house, output }: { house: Greenhouse; output?: unknown }): void {
  expect(value).to.satisfy(isObject);
  expect(at(value, 'status')).to.be.oneOf(['pending', 'running', 'completed', 'failed']);
  const href = new URL(String(at(value, 'href')), house.url);
  expect(href.protocol).to.be.oneOf(['http:', 'https:']);
  expectDateTime(at(value, 'timeRequested'));
  if (at(value, 'timeEnded') !== undefined) expectDateTime(at(value, 'timeEnded'));
  if (at(value, 'error') !== undefined) expectProblem(at(value, 'error'), 500);
  if (at(value, 'output') !== undefined) expectToFit(at(value, 'output'), output);
}

describe('actions over HTTP', () => {
  it('http-basic-profile-protocol-binding-invokeaction-24: every action says whether it is synchronous', async () => {
    await using house = await openGreenhouse();
    const actions = affordancesOf(await house.td()).filter(({ kind }) => kind === 'actions');
    expect(actions).to.have.length(5);
    for (const { affordance } of actions) expect(affordance.synchronous).to.be.a('boolean');
  });

  it('http-basic-profile-protocol-binding-invokeaction-6: an answer is synchronous, asynchronous or an error', async () => {
    await using house = await openGreenhouse();
    const answers = [
      await invoke(house, 'beep', { times: 1 }),
      await invoke(house, 'ping'),
      await invoke(house, 'sweep', { to: 10 }),
      await invoke(house, 'calibrate'),
      await invoke(house, 'beep', { times: 0 }),
      await invoke(house, 'beep', { times: 10 }),
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 204, 201, 201, 400, 500]);
    const located = answers.map(({ headers }) => headers.location !== undefined);
    expect(located).to.deep.equal([false, false, true, true, false, false]);
  });

  it('http-basic-profile-protocol-binding-invokeaction-7: the answer of a synchronous action waits for its end', async () => {
    await using house = await openGreenhouse();
    let answered = false;
    const answer = invoke(house, 'soak').then((done) => {
      answered = true;
      return done;
    });
    while (house.vent.soaks.length === 0) await house.send('properties/wind');
    await house.send('properties/wind');
    expect(answered).to.equal(false);
    house.vent.soaks[0]?.finish(12);
    expect(expectJson(await answer)).to.deep.equal({ litres: 12 });
  });

  it('http-basic-profile-protocol-binding-invokeaction-8: the answer of an asynchronous action does not wait', async () => {
    await using house = await openGreenhouse();
    expect(await invoke(house, 'sweep', { to: 10 })).to.have.property('status', 201);
    expect(house.vent.sweeps).to.have.length(1);
  });

  it('http-basic-profile-protocol-binding-invokeaction-10: what may take longer than a time-out of HTTP is asynchronous', async () => {
    await using house = await openGreenhouse();
    // The runtime cannot know how long a handler takes; the default is the safe one.
    expect(house.vent.model.actions.sweep).not.to.have.property('synchronous');
    expect(at(await house.td(), 'actions', 'sweep', 'synchronous')).to.equal(false);
  });

  for (const [what, name, input, status] of [
    ['bad input', 'beep', { times: 0 }, 400],
    ['missing input', 'beep', undefined, 400],
    ['bad input of an asynchronous action', 'sweep', { to: 'far' }, 400],
    ['a handler that throws', 'beep', { times: 10 }, 500],
  ] as const) {
    it(`http-basic-profile-protocol-binding-invokeaction-12: ${what} is answered ${status}`, async () => {
      await using house = await openGreenhouse();
      expectHttpProblem(await invoke(house, name, input), status);
    });
  }

  it('http-basic-profile-protocol-binding-invokeaction-15: every ActionStatus has its members', async () => {
    await using house = await openGreenhouse();
    const { output } = house.vent.model.actions.sweep;
    const answer = await invoke(house, 'sweep', { to: 10 });
    const [first, second] = [statusUrl(house, answer), await sweep(house)];
    const seen = [answer.json(), (await query(first)).json()];
    house.vent.sweeps[0]?.finish(7);
    house.vent.sweeps[1]?.fail(new Error('blocked'));
    seen.push(await ended(first), await ended(second));
    const all = expectJson(await house.send('actions'));
    if (isObject(all)) seen.push(...Object.values(all).flat());
    expect(seen).to.have.length(6);
    for (const status of seen) expectStatus(status, { house, output });
    expect(seen.map((status) => at(status, 'status'))).to.include.members(['running', 'completed', 'failed']);
    expect(at(seen[2], 'output')).to.deep.equal({ steps: 7 });
    expect(at(seen[3], 'error', 'status')).to.equal(500);
  });

  it('http-basic-profile-protocol-binding-invokeaction-20: a synchronous answer with output is the bare output', async () => {
    await using house = await openGreenhouse();
    const output = expectJson(await invoke(house, 'beep', { times: 1 }));
    expect(output).to.equal(true);
    expectToFit(output, at(await house.td(), 'actions', 'beep', 'output'));
  });

  it('http-basic-profile-protocol-binding-invokeaction-20a: one without output is 204, with neither type nor body', async () => {
    await using house = await openGreenhouse();
    const answer = await invoke(house, 'ping');
    expect(answer.status).to.equal(204);
    expect(answer.headers).not.to.have.property('content-type');
    expect(answer.body).to.have.length(0);
  });

  it('http-basic-profile-protocol-binding-invokeaction-21: an asynchronous answer is 201, with the URL of its ActionStatus', async () => {
    await using house = await openGreenhouse();
    const answer = await invoke(house, 'sweep', { to: 10 });
    expect(answer.status).to.equal(201);
    expect(mediaType(answer)).to.equal('application/json');
    const url = statusUrl(house, answer);
    expect(new URL(String(at(answer.json(), 'href')), house.url).href).to.equal(url);
    expectStatus(expectJson(await query(url)), { house });
  });

  it('http-basic-profile-protocol-binding-invokeaction-23: an action that is too busy answers 503', async () => {
    await using house = await openGreenhouse();
    await invoke(house, 'calibrate');
    await invoke(house, 'calibrate');
    expectHttpProblem(await invoke(house, 'calibrate'), 503);
  });

  it('http-basic-profile-protocol-binding-queryaction-1a: every asynchronous action can be queried', async () => {
    await using house = await openGreenhouse();
    for (const [name, input] of [
      ['sweep', { to: 10 }],
      ['calibrate', undefined],
    ] as const) {
      expectStatus(expectJson(await query(statusUrl(house, await invoke(house, name, input)))), { house });
    }
  });

  it('http-basic-profile-protocol-binding-queryaction-1b, http-basic-profile-protocol-binding-cancelaction-1b: synchronous ones can be neither queried nor cancelled', async () => {
    await using house = await openGreenhouse();
    const synchronous = formsOf(await house.td()).filter(({ affordance }) => affordance.synchronous === true);
    expect(synchronous).not.to.have.length(0);
    for (const { op } of synchronous) expect(op).to.deep.equal(['invokeaction']);
  });

  it('http-basic-profile-protocol-binding-queryaction-5: a query answers 200 with the ActionStatus, during and after', async () => {
    await using house = await openGreenhouse();
    const url = await sweep(house);
    expect(expectJson(await query(url))).to.have.property('status', 'running');
    house.vent.sweeps[0]?.finish(3);
    expect(await ended(url)).to.have.property('status', 'completed');
  });

  it('http-basic-profile-protocol-binding-queryaction-7a: a query of what failed answers 200 with the status failed', async () => {
    await using house = await openGreenhouse();
    const url = await sweep(house);
    house.vent.sweeps[0]?.fail(new Error('blocked'));
    expect(await ended(url)).to.have.property('status', 'failed');
  });

  it('http-basic-profile-protocol-binding-cancelaction-5: a cancelling answers 204, and then the instance is gone', async () => {
    await using house = await openGreenhouse();
    const url = await sweep(house);
    const answer = await send(url, { method: 'DELETE', token: OPERATOR });
    expect(answer.status).to.equal(204);
    expect(house.vent.sweeps[0]?.signal.aborted).to.equal(true);
    expectHttpProblem(await query(url), 404);
  });

  it('http-basic-profile-protocol-binding-queryallactions-6a: a query of all has arrays by action, of what the caller may see', async () => {
    await using house = await openGreenhouse();
    const own = await sweep(house, VIEWER);
    await sweep(house);
    await invoke(house, 'calibrate');
    const { url } = profileForm(await house.td(), 'queryallactions');
    const all = expectJson(await send(url, { token: OPERATOR }));
    expect(at(all, 'sweep')).to.have.length(2);
    expect(at(all, 'calibrate')).to.have.length(1);
    if (isObject(all)) for (const status of Object.values(all).flat()) expectStatus(status, { house });
    const seen = at(expectJson(await send(url, { token: VIEWER })), 'sweep');
    expect(seen).to.have.length(1);
    expect(new URL(String(Array.isArray(seen) ? at(seen[0], 'href') : ''), house.url).href).to.equal(own);
  });

  it('http-basic-profile-protocol-binding-queryallactions-6b: the newest comes first', async () => {
    await using house = await openGreenhouse();
    const urls = [await sweep(house), await sweep(house), await sweep(house)];
    const all = at(expectJson(await house.send('actions')), 'sweep');
    const list = Array.isArray(all) ? all : [];
    expect(list.map((status) => new URL(String(at(status, 'href')), house.url).href)).to.deep.equal(urls.reverse());
    const times = list.map((status) => String(at(status, 'timeRequested')));
    expect(times).to.deep.equal([...times].sort().reverse());
  });
});
