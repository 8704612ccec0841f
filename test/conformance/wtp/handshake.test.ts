import { createHash, randomBytes } from 'node:crypto';
import { type IncomingMessage, request } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { CERTIFICATE } from '../fixture/certificate.js';
import { at } from '../fixture/consumer.js';
import { fetchTd, OPERATOR, openGreenhouse, TICKET } from '../fixture/greenhouse.js';

interface Upgraded {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly key: string;
}

/** Asks for an upgrade by a plain HTTP request, and hangs up once it is answered. */
function upgrade(url: string, headers: Record<string, string>): Promise<Upgraded> {
  const key = randomBytes(16).toString('base64');
  const secure = url.startsWith('https:');
  return new Promise((resolve, reject) => {
    const asked = (secure ? secureRequest : request)(url, {
      agent: false,
      ...(secure ? { ca: CERTIFICATE } : {}),
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': key,
        'sec-websocket-protocol': 'webthingprotocol',
        ...headers,
      },
    });
    const answer = (response: IncomingMessage, socket: Socket): void => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, key });
    };
    asked.on('upgrade', answer).on('response', (response) => answer(response, response.socket));
    asked.on('error', reject).end();
  });
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const basic = (password: string) => ({ authorization: `Basic ${Buffer.from(`ada:${password}`).toString('base64')}` });

describe('the opening of a socket', () => {
  it('WTP-003: a GET that names the sub-protocol is upgraded by the rules of RFC 6455', async () => {
    await using house = await openGreenhouse();
    const { status, headers, key } = await upgrade(`${house.url}/things`, bearer(OPERATOR));
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    expect(status).to.equal(101);
    expect(headers).to.include({
      upgrade: 'websocket',
      'sec-websocket-accept': accept,
      'sec-websocket-protocol': 'webthingprotocol',
    });
    expect(headers.connection?.toLowerCase()).to.equal('upgrade');
  });

  it('WTP-003: of several sub-protocols ours is chosen, and without ours there is no upgrade', async () => {
    await using house = await openGreenhouse();
    const url = `${house.url}/things`;
    const several = await upgrade(url, { ...bearer(OPERATOR), 'sec-websocket-protocol': 'chat, webthingprotocol' });
    expect(several.headers['sec-websocket-protocol']).to.equal('webthingprotocol');
    const other = await upgrade(url, { ...bearer(OPERATOR), 'sec-websocket-protocol': 'chat' });
    expect(other.status).to.equal(400);
  });

  it('WTP-124, WTP-126: a caller proves itself in the handshake by an HTTP scheme, or is refused with 401', async () => {
    await using house = await openGreenhouse();
    const url = `${house.url}/things`;
    expect(await upgrade(url, bearer(OPERATOR))).to.have.property('status', 101);
    expect(await upgrade(url, basic(OPERATOR))).to.have.property('status', 101);
    for (const wrong of [{}, bearer('guess'), basic('guess')]) {
      const { status, headers } = await upgrade(url, wrong);
      expect(status).to.equal(401);
      expect(headers['www-authenticate']).to.be.a('string');
    }
  });

  it('WTP-126: after the handshake no message has to carry credentials', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    expect(await consumer.ask('readproperty', { name: 'wind' })).to.have.property('value', 1.5);
  });

  it('WTP-127: TDs ask for credentials in a header first, and no lasting secret is taken from a URL', async () => {
    await using house = await openGreenhouse();
    const td = await house.td();
    const ways = at(td, 'securityDefinitions', 'ws_sc', 'oneOf');
    expect(ways).to.be.an('array');
    const [first] = Array.isArray(ways) ? ways : [];
    expect(at(td, 'securityDefinitions', String(first), 'in')).to.equal('header');
    const lasting = await upgrade(`${house.url}/things?access_token=${OPERATOR}`, {});
    expect(lasting.status).to.equal(401);
    const oneTime = await upgrade(`${house.url}/things?access_token=${TICKET}`, {});
    expect(oneTime.status).to.equal(101);
  });

  it('WTP-124, WTP-128: the TLS door takes wss, and a TD fetched there names only wss', async () => {
    await using house = await openGreenhouse({ tls: true });
    const { tlsUrl = '' } = house.served;
    expect(await upgrade(`${tlsUrl}/things`, bearer(OPERATOR))).to.have.property('status', 101);
    const schemes = socketHrefs(await fetchTd(tlsUrl)).map((href) => new URL(href).protocol);
    expect(schemes).not.to.have.length(0);
    expect([...new Set(schemes)]).to.deep.equal(['wss:']);
  });
});

/** Every href of a form of the sub-protocol, wherever it stands. */
function socketHrefs(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (at(value, 'subprotocol') === 'webthingprotocol') return [String(at(value, 'href'))];
  return Object.values(value).flatMap(socketHrefs);
}
