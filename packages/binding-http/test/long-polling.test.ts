import { expect } from 'chai';
import { bearer, problemOf, serveGuarded, serveOven } from './oven.js';

/** A call that waits for what comes next; it has arrived when this resolves. */
async function waitAt(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ readonly response: Promise<Response> }> {
  const ready = await fetch(url, { method: 'HEAD', headers });
  expect(ready.ok).to.equal(true);
  return { response: fetch(url, { headers }) };
}

/** Says something again and again until the call that waits for it is answered. */
async function tell(response: Promise<Response>, url: string, say: (n: number) => void): Promise<Response> {
  let answer: Response | undefined;
  void response.then((came) => {
    answer = came;
  });
  for (let n = 1; !answer; n++) {
    say(n);
    await (await fetch(url)).text();
  }
  return answer;
}

describe('long polling', () => {
  it('answers with the next change of a property', async () => {
    await using served = await serveOven({ longPolling: true });
    const { response } = await waitAt(`${served.oven}/properties/temperature/next`);
    const answer = await tell(response, served.oven, (n) => served.temperature.set(100 + n));
    expect(answer.headers.get('content-type')).to.match(/^application\/json/);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    expect(await answer.json()).to.be.greaterThan(100);
  });

  it('answers with the next event, and with no content where it has no payload', async () => {
    await using served = await serveOven({ longPolling: true });
    const overheated = await waitAt(`${served.oven}/events/overheated/next`);
    expect(await (await tell(overheated.response, served.oven, () => served.overheated.next(300))).json()).to.equal(
      300,
    );
    const done = await waitAt(`${served.oven}/events/done/next`);
    expect((await tell(done.response, served.oven, () => served.done.next())).status).to.equal(204);
  });

  it('refuses what cannot be observed, and whoever may not', async () => {
    await using served = await serveGuarded({ longPolling: true });
    const asAda = { headers: bearer('ada') };
    await problemOf(await fetch(`${served.oven}/properties/serial/next`, asAda), 400);
    await problemOf(await fetch(`${served.oven}/properties/nothing/next`, asAda), 404);
    await problemOf(await fetch(`${served.oven}/properties/label/next`, { headers: bearer('bob') }), 403);
    await problemOf(await fetch(`${served.oven}/properties/label/next`), 401);
  });

  it('ends when the Thing goes, and when the server closes', async () => {
    await using served = await serveOven({ longPolling: true });
    const gone = await waitAt(`${served.oven}/properties/temperature/next`);
    await (await fetch(served.oven)).text();
    await served.site.remove('oven');
    await problemOf(await gone.response, 404);
    const closing = await serveOven({ longPolling: true });
    const cut = await waitAt(`${closing.oven}/properties/temperature/next`);
    await (await fetch(closing.oven)).text();
    await closing[Symbol.asyncDispose]();
    await problemOf(await cut.response, 503);
  });

  it('is in the description before the event streams, and only where it is wanted', async () => {
    await using served = await serveOven({ longPolling: true });
    const { properties, events } = await (await fetch(served.oven)).json();
    expect(properties.temperature.forms[0]).to.deep.include({
      href: 'properties/temperature/next',
      op: ['observeproperty', 'unobserveproperty'],
      subprotocol: 'longpoll',
    });
    expect(events.done.forms[0]).to.include({ href: 'events/done/next', subprotocol: 'longpoll' });
    await using plain = await serveOven();
    expect(await (await fetch(plain.oven)).text()).not.to.include('longpoll');
    await problemOf(await fetch(`${plain.oven}/properties/temperature/next`), 404);
  });
});
