import { expect } from 'chai';
import { serveKiln } from './kiln.js';
import { bearer, bodyOf, problemOf, send } from './oven.js';

/** Invokes an action of a Thing and gives the address of the invocation. */
async function begin(
  thing: string,
  action: string,
  { input = {}, token = '' }: { input?: unknown; token?: string } = {},
) {
  const response = await send('POST', `${thing}${action}`, input, token === '' ? {} : bearer(token));
  const { href }: { href: string } = JSON.parse(await response.text());
  return href;
}

const UNKNOWN = '4f3a1c9e-6f0b-4f0e-9a55-0d7b3f4c2a10';

describe('invocations for LabThings', () => {
  it('3.9 tell how they stand: status, log lines and progress (X7), then what came of them', async () => {
    await using served = await serveKiln();
    const href = await begin(served.kiln, 'bake', { input: { minutes: 30 } });
    const running = await fetch(href);
    expect([running.status, running.headers.get('cache-control')]).to.deep.equal([200, 'no-store']);
    const body = await bodyOf(running);
    expect(body).to.include({ status: 'running', progress: 40, output: null, timeCompleted: null });
    expect(body).to.have.nested.property('log[0].message', 'door locked');
    expect(body).to.have.nested.property('log[0].traceback', null);
    expect(body)
      .to.have.property('timeStarted')
      .that.matches(/^\d{4}-.*\.\d{3}Z$/);
    served.finish({ done: true });
    expect(await bodyOf(await fetch(href))).to.deep.include({ status: 'completed', output: { done: true } });
  });

  it('3.9 give their output bare, and 503 while there is none', async () => {
    await using served = await serveKiln();
    const href = await begin(served.kiln, 'bake', { input: { minutes: 1 } });
    await problemOf(await fetch(`${href}/output`), 503);
    served.finish({ done: true });
    const output = await fetch(`${href}/output`);
    expect([output.status, await bodyOf(output)]).to.deep.equal([200, { done: true }]);
  });

  it('L10 give an output of 0, false, "" and null with 200', async () => {
    await using served = await serveKiln();
    for (const value of [0, false, '', null]) {
      const href = await begin(served.kiln, 'bake', { input: { minutes: 1 } });
      await bodyOf(await fetch(href));
      served.finish(value);
      const output = await fetch(`${href}/output`);
      expect([output.status, await bodyOf(output)]).to.deep.equal([200, value]);
    }
  });

  it('3.9 tell why they failed, and have no output then', async () => {
    await using served = await serveKiln();
    const href = await begin(served.kiln, 'bake', { input: { minutes: 1 } });
    await bodyOf(await fetch(href));
    served.finish(new Error('secret'));
    const failed = await bodyOf(await fetch(href));
    expect(failed).to.have.property('status', 'error');
    expect(failed).to.have.nested.property('error.status', 500);
    expect(JSON.stringify(failed)).to.not.contain('secret');
    await problemOf(await fetch(`${href}/output`), 503);
  });

  it('3.9 are cancelled with 200 and null, and stay readable as cancelled; a second time is 503', async () => {
    await using served = await serveKiln();
    const href = await begin(served.kiln, 'idle');
    const response = await fetch(href, { method: 'DELETE' });
    expect([response.status, await response.text()]).to.deep.equal([200, 'null']);
    const cancelled = await bodyOf(await fetch(href));
    expect(cancelled).to.have.property('status', 'cancelled');
    expect(cancelled)
      .to.have.nested.property('error.type')
      .that.matches(/exceptions\.InvocationCancelledError$/);
    await problemOf(await fetch(href, { method: 'DELETE' }), 503);
    await problemOf(await fetch(`${href}/output`), 503);
    expect(await bodyOf(await fetch(`${served.kiln}idle`))).to.have.nested.property('[0].status', 'cancelled');
    const standard = `${served.kiln}actions/idle/${href.slice(-36)}`;
    await problemOf(await fetch(standard), 404);
  });

  it('3.9 that have completed are not cancelled: 503', async () => {
    await using served = await serveKiln();
    const href = await begin(served.kiln, 'bake', { input: { minutes: 1 } });
    await bodyOf(await fetch(href));
    served.finish(1);
    await problemOf(await fetch(href, { method: 'DELETE' }), 503);
  });

  it('3.9 are not cancelled where the action refuses, now or ever: 409', async () => {
    await using served = await serveKiln();
    for (const action of ['fire', 'cool']) {
      const href = await begin(served.kiln, action);
      await problemOf(await fetch(href, { method: 'DELETE' }), 409);
      expect(await bodyOf(await fetch(href))).to.have.property('status', 'running');
    }
  });

  it('3.9 that nobody knows are 404, with their real id (L10); ids that are no UUID are 422', async () => {
    await using served = await serveKiln();
    const url = `${served.url}/action_invocations`;
    const requests = (id: string) => [
      fetch(`${url}/${id}`),
      fetch(`${url}/${id}/output`),
      fetch(`${url}/${id}`, { method: 'DELETE' }),
    ];
    for (const response of await Promise.all(requests(UNKNOWN))) {
      const { detail } = await problemOf(response, 404);
      expect(detail).to.contain(UNKNOWN);
    }
    for (const id of ['7', '__proto__', `${UNKNOWN}0`, '%20', `{${UNKNOWN}}`]) {
      for (const response of await Promise.all(requests(id))) {
        expect(response.status, id).to.equal(422);
        const body = await bodyOf(response);
        expect(body).to.have.nested.property('detail[0].msg', 'must be a UUID');
        expect(body).to.have.nested.property('detail[0].loc').that.deep.equals(['path', 'id']);
        expect(body).to.have.nested.property('detail[0].input', decodeURIComponent(id));
      }
    }
    const href = await begin(served.kiln, 'idle');
    const capitals = `${url}/${href.slice(-36).toUpperCase()}`;
    expect((await fetch(capitals)).status).to.equal(200);
  });

  it('3.9 of all Things are one list, oldest first', async () => {
    await using served = await serveKiln();
    const bell = `${served.url}/things/bell/`;
    const hrefs: string[] = [];
    for (const [thing, action] of [
      [bell, 'ring'],
      [served.kiln, 'idle'],
      [served.kiln, 'fire'],
    ] as const) {
      hrefs.push(await begin(thing, action));
      const second = Date.now();
      while (Date.now() === second) await bodyOf(await fetch(served.kiln));
    }
    hrefs.push(await begin(bell, 'ring'));
    const list: { href: string; log?: unknown }[] = JSON.parse(
      await (await fetch(`${served.url}/action_invocations`)).text(),
    );
    expect(list.map(({ href }) => href)).to.deep.equal(hrefs);
    expect(list[0]).to.not.have.any.keys('input', 'output', 'log', 'error');
  });

  it('L7 are told to those only who may know of them; to all others they are not there', async () => {
    await using served = await serveKiln({ guarded: true });
    const mine = await begin(served.kiln, 'idle', { token: 'bob' });
    const hers = await begin(served.kiln, 'idle', { token: 'ada' });
    const hidden = await begin(`${served.url}/things/bell/`, 'ring', { token: 'ada' });
    const headers = bearer('bob');
    for (const href of [hers, hidden]) {
      for (const response of [
        await fetch(href, { headers }),
        await fetch(`${href}/output`, { headers }),
        await fetch(href, { method: 'DELETE', headers }),
      ]) {
        const { detail } = await problemOf(response, 404);
        expect(detail).to.equal(`There is no invocation '${href.slice(-36)}'`);
      }
      await problemOf(await fetch(href), 401);
    }
    const list: { href: string }[] = JSON.parse(
      await (await fetch(`${served.url}/action_invocations`, { headers })).text(),
    );
    expect(list.map(({ href }) => href)).to.deep.equal([mine]);
    expect((await fetch(mine, { method: 'DELETE', headers })).status).to.equal(200);
  });

  it('L7 are not there either for who began them and sees their Thing no longer', async () => {
    await using served = await serveKiln({ guarded: true });
    const principal = { id: 'user:bob', kind: 'user', grants: [] } as const;
    const bell = served.site.things.get('bell');
    const began = await bell?.request({ op: 'invokeaction', name: 'ring' }, { principal });
    const actionID = began?.status?.actionID ?? '';
    expect(await bell?.request({ op: 'queryaction', actionID }, { principal })).to.have.nested.property(
      'status.actionID',
    );
    const headers = bearer('bob');
    const url = `${served.url}/action_invocations`;
    await problemOf(await fetch(`${url}/${actionID}`, { headers }), 404);
    await problemOf(await fetch(`${url}/${actionID}`, { method: 'DELETE', headers }), 404);
    expect(await bodyOf(await fetch(url, { headers }))).to.deep.equal([]);
    expect(await bodyOf(await fetch(url, { headers: bearer('ada') }))).to.have.length(1);
  });

  it('3.9 take the methods that they have', async () => {
    await using served = await serveKiln();
    const allowed = { '': 'GET, HEAD, OPTIONS', [`/${UNKNOWN}`]: 'GET, HEAD, DELETE, OPTIONS' };
    for (const [path, allow] of Object.entries(allowed)) {
      const response = await send('PUT', `${served.url}/action_invocations${path}`, 1);
      expect(response.headers.get('allow')).to.equal(allow);
      await problemOf(response, 405);
    }
    const head = await fetch(`${served.url}/action_invocations`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).to.deep.equal([200, '2']);
  });

  it('3.9 go with their Thing', async () => {
    await using served = await serveKiln();
    const href = await begin(served.kiln, 'idle');
    await served.site.remove('kiln');
    await problemOf(await fetch(href), 404);
    expect(await bodyOf(await fetch(`${served.url}/action_invocations`))).to.deep.equal([]);
  });
});
