import { expect } from 'chai';
import { problemOf, send, serveOven } from './oven.js';

describe('bodies over HTTP', () => {
  const put = (url: string, body: string | Uint8Array<ArrayBuffer>, type = 'application/json') =>
    fetch(url, { method: 'PUT', body, headers: { 'content-type': type } });

  it('have to be there, JSON, UTF-8, and without __proto__', async () => {
    await using served = await serveOven();
    const url = `${served.oven}/properties/label`;
    for (const body of ['', '{', "'x'", 'undefined', '"a" "b"']) await problemOf(await put(url, body), 400);
    await problemOf(await put(url, new Uint8Array([0x22, 0xff, 0x22])), 400);
    await problemOf(await put(`${served.oven}/properties`, '{"__proto__": {"label": "x"}}'), 400);
    expect(served.label.get()).to.equal('kitchen');
    expect((await put(url, '"é"', 'application/json; charset=utf-8')).status).to.equal(204);
    expect(served.label.get()).to.equal('é');
  });

  it('have to be of the type that is said', async () => {
    await using served = await serveOven();
    const url = `${served.oven}/properties/label`;
    await problemOf(await put(url, '"x"', 'nonsense'), 415);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const { detail } = await problemOf(await put(url, '"x"', type), 415);
      expect(detail).to.contain('application/json').and.to.contain(type);
    }
    await problemOf(await fetch(url, { method: 'PUT', body: new Uint8Array([0x31]) }), 415);
    await problemOf(await send('PUT', url, 'x', { 'content-encoding': 'gzip' }), 415);
  });

  it('have a limit', async () => {
    await using served = await serveOven({ maxBody: 10 });
    await problemOf(await put(`${served.oven}/properties/label`, '"0123456789"'), 413);
  });
});
