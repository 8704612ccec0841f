import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ConsumedThing, consume } from '@thingwright/client';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { type Gateway, openGateway } from '../../src/index.js';

const ADMIN_TOKEN = 'the-admin-token';

/** A server of one description at `/td`, and of whatever else it is told to answer. */
async function startStranger(td: (url: string) => object, answer?: (response: ServerResponse) => void) {
  const server = createServer((request, response) => {
    const { url = '' } = request;
    request.resume();
    if (url === '/td') response.end(JSON.stringify(td(`http://127.0.0.1:${portOf()}`)));
    else if (answer) answer(response);
    else response.writeHead(204).end();
  });
  const portOf = (): number => {
    const address: AddressInfo | string | null = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    td: `http://127.0.0.1:${portOf()}/td`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const described = (properties: object): object => ({
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  title: 'Stranger',
  securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
  security: 'nosec_sc',
  properties,
});
const property = (url: string, schema: object): object => ({
  value: { ...schema, forms: [{ href: `${url}/value` }] },
});

const open = (): Promise<Gateway> =>
  openGateway({ port: 0, adminToken: ADMIN_TOKEN, allowPrivateAddresses: ['127.0.0.1'] });

const consumed = ({ url }: Gateway, name: string): Promise<ConsumedThing> =>
  consume(`${url}/things/${name}`, { token: ADMIN_TOKEN });

/** Has a gateway find what is there and adopt it; gives what it came to. */
async function fate(gateway: Gateway, td: string): Promise<string> {
  await using own = await consumed(gateway, 'gateway');
  const found = await own.actions.discover?.({ url: td }).output;
  const [first] = Array.isArray(found) ? found : [];
  if (first?.state !== 'found') return `not found: ${first?.reason}`;
  try {
    await own.actions.adoptThing?.({ discovered: td, name: 'stranger' }).output;
    return 'adopted';
  } catch (error) {
    if (error instanceof ThingError) return error.code;
    throw error;
  }
}

/** What a schema has inside of it, so many times deep. */
const nested = (depth: number, inside: (inner: object) => object): object => {
  let schema: object = { type: 'string' };
  for (let i = 0; i < depth; i++) schema = inside(schema);
  return schema;
};

describe('a hostile Thing Description that was found', function () {
  this.timeout(30_000);

  it('is not adopted if it is huge, or nested deep, or has values without end', async () => {
    await using gateway = await open();
    const bombs: readonly object[] = [
      { description: 'x'.repeat(600_000) },
      nested(100, (items) => ({ type: 'array', items })),
      nested(18, (inner) => ({ oneOf: [inner, inner] })),
      { enum: Array.from({ length: 30_000 }, (_, i) => i) },
    ];
    for (const bomb of bombs) {
      await using stranger = await startStranger((url) => described(property(url, bomb)));
      expect(await fate(gateway, stranger.td), JSON.stringify(bomb).slice(0, 60)).to.be.oneOf([
        'tooLarge',
        'invalid',
        'not found: The answer is longer than 1048576 bytes',
      ]);
    }
  });

  it('costs little to check against, as long as it is within limits', async () => {
    await using gateway = await open();
    const bomb = nested(9, (inner) => ({ oneOf: [inner, inner] }));
    await using stranger = await startStranger((url) => described(property(url, bomb)));
    expect(await fate(gateway, stranger.td)).to.equal('adopted');
    await using thing = await consumed(gateway, 'stranger');
    const start = performance.now();
    await thing.properties.value?.write('x'.repeat(100_000)).catch(() => undefined);
    expect(performance.now() - start).to.be.lessThan(5000);
  });

  it('has no regular expression of its own tried', async () => {
    await using gateway = await open();
    await using stranger = await startStranger((url) =>
      described(property(url, { type: 'string', pattern: '^(([a-z])+.)+[A-Z]([a-z])+$' })),
    );
    expect(await fate(gateway, stranger.td)).to.equal('adopted');
    await using thing = await consumed(gateway, 'stranger');
    await thing.properties.value?.write('a'.repeat(5000)).catch(() => undefined);
    expect((await fetch(`${gateway.url}/livez`)).status).to.equal(200);
  });

  it('is not adopted if it leads to an address that may not be reached', async () => {
    await using gateway = await open();
    for (const host of ['http://127.0.0.2:9', 'http://[::1]:9', 'http://10.0.0.1', 'http://169.254.169.254']) {
      await using stranger = await startStranger(() => described(property(host, { type: 'string' })));
      expect(await fate(gateway, stranger.td), host).to.equal('forbidden');
    }
  });

  it('that changes after it was found is looked at again', async () => {
    await using gateway = await open();
    let asked = 0;
    await using stranger = await startStranger((url) =>
      described(property(asked++ === 0 ? url : 'http://10.0.0.1', { type: 'string' })),
    );
    expect(await fate(gateway, stranger.td)).to.equal('forbidden');
  });

  it('that lies about its values hurts nobody else', async () => {
    await using gateway = await open();
    const lies = ['"text"', '{"a":1}', 'null', 'no JSON', ''];
    let next = 0;
    await using stranger = await startStranger(
      (url) => described(property(url, { type: 'integer', readOnly: true })),
      (response) => {
        response.setHeader('content-type', 'application/json');
        response.end(lies[next++ % lies.length]);
      },
    );
    expect(await fate(gateway, stranger.td)).to.equal('adopted');
    await using thing = await consumed(gateway, 'stranger');
    for (const _lie of lies) {
      const read = await thing.properties.value?.read().catch((error: unknown) => error);
      if (read instanceof Error) expect(read).to.be.instanceOf(ThingError);
    }
    expect((await fetch(`${gateway.url}/readyz`)).status).to.equal(200);
  });
});
