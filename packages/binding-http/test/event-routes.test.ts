import { expect } from 'chai';
import { openStream } from './event-source.js';
import { bearer, bodyOf, problemOf, send, serveGuarded, serveOven } from './oven.js';

const asJson = { accept: 'application/json' };

describe('past events over HTTP', () => {
  it('are a list for those who want JSON, oldest first, null where there is no payload', async () => {
    await using served = await serveOven();
    served.overheated.next(1290);
    served.done.next();
    served.temperature.set(21);
    served.overheated.next(1300);
    const response = await fetch(`${served.oven}/events`, { headers: asJson });
    expect([response.headers.get('content-type'), response.headers.get('cache-control')]).to.deep.equal([
      'application/json; charset=utf-8',
      'no-store',
    ]);
    const list: { [name: string]: { data: unknown; timestamp: string } }[] = await response.json();
    expect(list.map((entry) => Object.entries(entry).map(([name, { data }]) => [name, data]))).to.deep.equal([
      [['overheated', 1290]],
      [['done', null]],
      [['overheated', 1300]],
    ]);
    const times = list.flatMap((entry) => Object.values(entry).map(({ timestamp }) => timestamp));
    expect(new Set(times).size).to.equal(3);
    for (const time of times) expect(time).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$/);
    const one = await bodyOf(await fetch(`${served.oven}/events/done`, { headers: asJson }));
    expect(one).to.deep.equal([list[1]]);
  });

  it('are an empty list where nothing has happened, and 404 where nothing can', async () => {
    await using served = await serveOven();
    expect(await bodyOf(await fetch(`${served.oven}/events/done`, { headers: asJson }))).to.deep.equal([]);
    for (const name of ['nothing', '__proto__', 'constructor', 'temperature']) {
      await problemOf(await fetch(`${served.oven}/events/${name}`, { headers: asJson }), 404);
    }
  });

  it('are those only that the caller may know of', async () => {
    await using served = await serveGuarded();
    const list = async (token: string) =>
      JSON.stringify(await bodyOf(await fetch(`${served.oven}/events`, { headers: { ...asJson, ...bearer(token) } })));
    await bodyOf(await send('POST', `${served.oven}/actions/bake`, { minutes: 1 }, bearer('ada')));
    expect(await list('ada')).to.contain('actionStatus');
    expect(await list('bob')).to.equal('[]');
    const hidden = await fetch(`${served.url}/things/vault/events`, { headers: { ...asJson, ...bearer('bob') } });
    await problemOf(hidden, 404);
    await problemOf(await fetch(`${served.oven}/events`, { headers: asJson }), 401);
  });

  it('do not take the place of the stream for those who say nothing, or want that', async () => {
    await using served = await serveOven();
    for (const headers of [undefined, { accept: '*/*' }, { accept: 'text/event-stream, application/json;q=0.5' }]) {
      const response = await fetch(`${served.oven}/events`, { method: 'HEAD', ...(headers ? { headers } : {}) });
      expect(response.headers.get('content-type')).to.equal('text/event-stream');
      expect(response.headers.get('vary')).to.equal('Accept');
    }
    using stream = await openStream(`${served.oven}/events/overheated`);
    served.overheated.next(7);
    const [message] = await stream.next();
    expect(message).to.include({ event: 'overheated', data: '7' });
  });

  it('are not to be had in strict mode, nor as anything else', async () => {
    await using strict = await serveOven({}, { strict: true });
    await problemOf(await fetch(`${strict.oven}/events/overheated`, { headers: asJson }), 406);
    await using served = await serveOven();
    await problemOf(await fetch(`${served.oven}/events`, { headers: { accept: 'text/html' } }), 406);
  });
});
