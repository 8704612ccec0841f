import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { createGuardedFetch } from '../../src/adoption/guarded-fetch.js';
import { createReachableAddresses } from '../../src/adoption/reachable-addresses.js';

const codeOf = async (doing: Promise<unknown>): Promise<string> => {
  const error: unknown = await doing.then(() => undefined).catch((thrown: unknown) => thrown);
  return error instanceof ThingError ? error.code : String(error);
};

describe('createReachableAddresses', () => {
  it('lets public addresses through, and no others', async () => {
    const { addressOf } = createReachableAddresses();
    for (const host of ['93.184.216.34', '[2606:2800:220:1:248:1893:25c8:1946]']) {
      expect(await addressOf(host), host).to.equal(host.replace(/[[\]]/g, ''));
    }
    for (const host of [
      ...[
        '127.0.0.1',
        '10.1.2.3',
        '172.31.0.1',
        '192.168.1.1',
        '169.254.169.254',
        '0.0.0.0',
        '100.64.0.1',
        '224.0.0.1',
      ],
      ...[
        '[::1]',
        '[::]',
        '[fd00::1]',
        '[fe80::1]',
        '[::ffff:127.0.0.1]',
        '[::ffff:a00:1]',
        '[64:ff9b::a00:1]',
        '[ff02::1]',
        '[fe80::1%lo]',
        '[::ffff:0:127.0.0.1]',
        '[3fff::1]',
        '[5f00::1]',
      ],
      ...['localhost', '0x7f.1', '2130706433'],
    ]) {
      expect(await codeOf(addressOf(host)), host).to.equal('forbidden');
    }
  });

  it('lets those through besides that the operator names', async () => {
    const { addressOf } = createReachableAddresses(['127.0.0.0/8', 'fd00::/8']);
    for (const host of ['127.0.0.1', '[fd00::1]', '[::ffff:127.0.0.1]']) {
      expect(await codeOf(addressOf(host)), host).to.equal('undefined');
    }
    for (const host of ['10.0.0.1', '[::1]']) expect(await codeOf(addressOf(host)), host).to.equal('forbidden');
  });

  it('says which address of a name is refused, and how it may be allowed', async () => {
    const { addressOf } = createReachableAddresses();
    const error: unknown = await addressOf('localhost').catch((thrown: unknown) => thrown);
    expect(error)
      .to.have.property('message')
      .that.matches(/of 'localhost' is not public.*--allow-private-addresses/);
    expect(await codeOf(addressOf('nobody.invalid'))).to.equal('unavailable');
  });

  it('opens no connection to others, by name, by address and after a redirection', async () => {
    await using server = await startServer();
    const closed = createReachableAddresses();
    for (const host of ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]']) {
      const asking = get(`http://${host}:${server.port}/`, { agent: closed.httpAgent });
      const [error] = await once(asking, 'error').catch((thrown: unknown) => [thrown]);
      expect(error, host).to.have.property('code', 'forbidden');
    }
    expect(server.requests).to.equal(0);
    const open = createReachableAddresses(['127.0.0.0/8']);
    const [answer] = await once(get(`http://localhost:${server.port}/`, { agent: open.httpAgent }), 'response');
    expect(answer.statusCode).to.equal(200);
    answer.resume();
  });
});

describe('createGuardedFetch', () => {
  const addresses = createReachableAddresses(['127.0.0.0/8']);

  it('fetches as fetch does: method, headers, body, status', async () => {
    await using server = await startServer();
    const fetch = createGuardedFetch(addresses, { bodySize: 1000 });
    const answer = await fetch(`${server.url}/echo`, { method: 'PUT', headers: { 'x-test': 'yes' }, body: 'grüße' });
    expect([answer.status, answer.headers.get('x-echo'), await answer.text()]).to.deep.equal([200, 'PUT yes', 'grüße']);
    expect((await fetch(`${server.url}/nothing`)).status).to.equal(204);
  });

  it('follows no redirection', async () => {
    await using server = await startServer();
    const answer = await createGuardedFetch(addresses, { bodySize: 1000 })(`${server.url}/elsewhere`);
    expect([answer.status, answer.headers.get('location')]).to.deep.equal([302, '/echo']);
  });

  it('reads no endless body, but for event streams', async () => {
    await using server = await startServer();
    const fetch = createGuardedFetch(addresses, { bodySize: 100_000 });
    expect(await codeOf(fetch(`${server.url}/endless`).then((answer) => answer.text()))).to.equal('tooLarge');
    const ending = new AbortController();
    const init = { headers: { accept: 'text/event-stream' }, signal: ending.signal };
    const reader = (await fetch(`${server.url}/endless`, init)).body?.getReader();
    let size = 0;
    while (size < 300_000) size += (await reader?.read())?.value?.length ?? 0;
    ending.abort();
    const rest = async (): Promise<void> => {
      while (await reader?.read());
    };
    expect(await codeOf(rest())).to.match(/abort/i);
  });
});

/** A server of this machine that counts. */
async function startServer() {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    if (request.url === '/nothing') response.writeHead(204).end();
    else if (request.url === '/elsewhere') response.writeHead(302, { location: '/echo' }).end();
    else if (request.url === '/endless') {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    } else {
      response.setHeader('x-echo', `${request.method} ${request.headers['x-test']}`);
      request.pipe(response);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
