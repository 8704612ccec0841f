import { once } from 'node:events';
import { Readable } from 'node:stream';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import Fastify from 'fastify';
import { type BytesToSend, sendBytes } from '../src/send-bytes.js';

const BYTES = Buffer.from('0123456789');
const WHOLE: BytesToSend = {
  name: 'Größe "1".bin',
  size: BYTES.length,
  sha256: 'ab'.repeat(32),
  read: async ({ start, end }) => Readable.from([BYTES.subarray(start, end)]),
};

async function ask(bytes: BytesToSend, headers: Readonly<Record<string, string>> = {}, method: 'GET' | 'HEAD' = 'GET') {
  await using app = Fastify();
  app.route({
    method: ['GET', 'HEAD'],
    url: '/',
    exposeHeadRoute: false,
    handler: (request, reply) => sendBytes(request, reply, bytes),
  });
  return await app.inject({ method, url: '/', headers });
}

describe('sendBytes', () => {
  it('gives all, or the part that is asked for, under a name that every client understands', async () => {
    const all = await ask(WHOLE);
    expect([all.statusCode, all.body, all.headers['content-type']]).to.deep.equal([
      200,
      '0123456789',
      'application/octet-stream',
    ]);
    expect(all.headers['content-disposition']).to.equal(
      `attachment; filename="Gr__e _1_.bin"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22.bin`,
    );
    const part = await ask(WHOLE, { range: 'bytes=2-4', 'if-range': `"${WHOLE.sha256}"` });
    expect([part.statusCode, part.body, part.headers['content-range']]).to.deep.equal([206, '234', 'bytes 2-4/10']);
    expect((await ask(WHOLE, { range: 'bytes=2-4', 'if-range': '"other"' })).body).to.equal('0123456789');
  });

  it('opens nothing for who has it, asks for the head alone, or for what is not there', async () => {
    const closed: BytesToSend = { ...WHOLE, read: () => Promise.reject(new ThingError('failed', 'opened')) };
    expect((await ask(closed, { 'if-none-match': `W/"${WHOLE.sha256}"` })).statusCode).to.equal(304);
    expect((await ask(closed, {}, 'HEAD')).headers['content-length']).to.equal('10');
    const outside = await ask(closed, { range: 'bytes=10-' });
    expect([outside.statusCode, outside.headers['content-range']]).to.deep.equal([416, 'bytes */10']);
  });

  it('closes what it has opened for a credential that has ended meanwhile', async () => {
    const ending = new AbortController();
    const content = new Readable({ read() {} });
    const closed = once(content, 'close');
    const read = async () => {
      ending.abort();
      return content;
    };
    const answer = await ask({ ...WHOLE, read, authentication: { ended: ending.signal } });
    await closed;
    expect([answer.statusCode, answer.json().message]).to.deep.equal([500, 'The credential has ended']);
  });
});
