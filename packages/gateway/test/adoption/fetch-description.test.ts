import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { fetchForeignDescription } from '../../src/adoption/fetch-description.js';
import { createReachableAddresses } from '../../src/adoption/reachable-addresses.js';

const addresses = createReachableAddresses(['127.0.0.0/8']);

async function openServer(answer: RequestListener) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('not listening');
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function errorOf(doing: Promise<unknown>): Promise<ThingError> {
  const error: unknown = await doing.then(() => undefined).catch((thrown: unknown) => thrown);
  if (error instanceof ThingError) return error;
  throw new Error('no ThingError', { cause: error });
}

describe('fetchForeignDescription', () => {
  it('refuses credentials in a URL, and does not repeat them', async () => {
    const error = await errorOf(fetchForeignDescription('http://ada:very-secret@127.0.0.1:9/td', { addresses }));
    expect(error.code).to.equal('invalid');
    expect(`${error.detail} ${String(error.cause)}`).to.not.contain('very-secret');
  });

  it('follows redirections, but not for ever', async () => {
    await using server = await openServer(({ url = '' }, response) => {
      const number = Number(url.slice(1));
      if (number > 0) response.writeHead(302, { location: `/${number - 1}` }).end();
      else response.end('{"title":"Found"}');
    });
    const found = await fetchForeignDescription(`${server.url}/5`, { addresses });
    expect(found).to.deep.equal({ td: { title: 'Found' }, from: `${server.url}/0` });
    expect((await errorOf(fetchForeignDescription(`${server.url}/6`, { addresses }))).detail).to.contain('on and on');
  });

  it('shows credentials to the origin that was asked for, and to no other that it leads to', async () => {
    const seen: (string | undefined)[] = [];
    await using other = await openServer(({ headers }, response) => {
      seen.push(headers.authorization);
      response.end('{}');
    });
    await using first = await openServer(({ headers }, response) => {
      seen.push(headers.authorization);
      response.writeHead(302, { location: `${other.url}/td` }).end();
    });
    await fetchForeignDescription(`${first.url}/td`, { addresses, credentials: { token: 'a-token' } });
    expect(seen).to.deep.equal(['Bearer a-token', undefined]);
  });

  it('waits no longer for a slow server than for a silent one, and ends when it is told to', async () => {
    await using slow = await openServer((_request, response) => {
      response.write('{');
      const drip = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(drip));
    });
    await using silent = await openServer(() => undefined);
    for (const { url } of [slow, silent]) {
      const late = await errorOf(fetchForeignDescription(`${url}/td`, { addresses, patience: 50 }));
      expect(late.code).to.equal('timeout');
      const signal = AbortSignal.timeout(20);
      const ended = await errorOf(fetchForeignDescription(`${url}/td`, { addresses, signal }));
      expect(ended.code).to.equal('timeout');
    }
  });

  it('stays with a host where it has to, whatever path that leads to', async () => {
    await using server = await openServer(({ url = '' }, response) => {
      if (url === '/td') response.end('{"title":"Found"}');
      else response.writeHead(302, { location: url === '/own' ? '/td' : 'http://127.0.0.2:9/td' }).end();
    });
    const options = { addresses, otherHosts: false };
    expect((await fetchForeignDescription(`${server.url}/own`, options)).td).to.deep.equal({ title: 'Found' });
    expect((await errorOf(fetchForeignDescription(`${server.url}/other`, options))).code).to.equal('forbidden');
  });

  it('says what is no Thing Description', async () => {
    await using server = await openServer((_request, response) => void response.end('<html>'));
    const codes = [`${server.url}/td`, 'ftp://127.0.0.1/td', 'x'].map(async (url) => {
      const { code } = await errorOf(fetchForeignDescription(url, { addresses }));
      return code;
    });
    expect(await Promise.all(codes)).to.deep.equal(['invalid', 'invalid', 'invalid']);
  });
});
