import { expect } from 'chai';
import { authorizationOf, createHandshake, httpOrigin, sameCredentials } from '../src/credentials.js';
import { createFakeSchedule } from './fixtures/fake-schedule.js';
import { rejection } from './fixtures/rejection.js';

const URL_OF_SOCKET = 'wss://lab.example/things';

/** A door that answers ticket requests, and what it was asked. */
function door(status: number, answer: unknown = {}) {
  const asked: string[] = [];
  const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    asked.push(`${init?.method} ${String(url)} ${new Headers(init?.headers).get('Authorization')}`);
    return Response.json(answer, { status });
  };
  return { asked, fetch };
}

describe('Credentials', () => {
  it('become a header: Bearer, or Basic in UTF-8', () => {
    expect(authorizationOf({ token: 't' })).to.deep.equal({ Authorization: 'Bearer t' });
    expect(authorizationOf({ basic: { user: 'ada', password: 'pä' } })).to.deep.equal({
      Authorization: 'Basic YWRhOnDDpA==',
    });
    expect(authorizationOf({ ticket: async () => 'x' })).to.deep.equal({});
  });

  it('are the same only if all of them are', () => {
    const basic = { user: 'ada', password: 'p' };
    expect(sameCredentials({ basic }, { basic: { ...basic } })).to.equal(true);
    expect(sameCredentials({ basic }, { basic: { ...basic, password: 'q' } })).to.equal(false);
    expect(sameCredentials({ token: 'a' }, {})).to.equal(false);
    expect(sameCredentials({ ticket: async () => '' }, { ticket: async () => '' })).to.equal(false);
  });

  it('count a WebSocket to the origin of its server', () => {
    expect(httpOrigin(URL_OF_SOCKET)).to.equal('https://lab.example');
    expect(httpOrigin('ws://lab.example:8080/x')).to.equal('http://lab.example:8080');
  });
});

describe('createHandshake', () => {
  const time = createFakeSchedule();
  const limits = { schedule: time.schedule, connectTimeout: 10_000 };
  const browser = { url: URL_OF_SOCKET, canSendHeaders: false, ...limits };

  it('sends headers where it can', async () => {
    const { asked, fetch } = door(200);
    const handshake = createHandshake({ token: 't' }, { ...browser, canSendHeaders: true, fetch });
    expect(await handshake()).to.deep.equal({
      url: URL_OF_SOCKET,
      protocols: ['webthingprotocol'],
      headers: { Authorization: 'Bearer t' },
    });
    expect(asked).to.deep.equal([]);
  });

  it('buys a new ticket for each connect in a browser; the token stays out of the URL', async () => {
    const { asked, fetch } = door(200, { ticket: 'one&time', expiresIn: 30 });
    const handshake = createHandshake({ token: 'lasting' }, { ...browser, fetch });
    expect((await handshake()).url).to.equal(`${URL_OF_SOCKET}?access_token=one%26time`);
    expect((await handshake()).headers).to.deep.equal({});
    expect(asked).to.deep.equal(Array(2).fill('POST https://lab.example/ticket Bearer lasting'));
  });

  it('asks its caller for tickets if that has them', async () => {
    let count = 0;
    const { fetch } = door(500);
    const handshake = createHandshake({ ticket: async () => `t${++count}` }, { ...browser, fetch });
    expect((await handshake()).url).to.match(/access_token=t1$/);
    expect((await handshake()).url).to.match(/access_token=t2$/);
  });

  it('uses the sub-protocol bearer where tickets are not known', async () => {
    const { fetch } = door(404);
    const { protocols, url } = await createHandshake({ token: 'a~b?c>' }, { ...browser, fetch })();
    expect(protocols).to.deep.equal(['webthingprotocol', `bearer.${Buffer.from('a~b?c>').toString('base64url')}`]);
    expect(url).to.equal(URL_OF_SOCKET);
    const basic = { user: 'ada', password: 'p' };
    const error = await rejection(createHandshake({ basic }, { ...browser, fetch })());
    expect(error).to.have.property('code', 'unauthenticated');
  });

  it('leaves it to the cookie where there is nothing else', async () => {
    const { asked, fetch } = door(200);
    expect(await createHandshake({}, { ...browser, fetch })()).to.deep.equal({
      url: URL_OF_SOCKET,
      protocols: ['webthingprotocol'],
      headers: {},
    });
    expect(asked).to.deep.equal([]);
  });

  it('tells why there is no ticket, without naming the token', async () => {
    for (const [status, code] of [
      [401, 'unauthenticated'],
      [403, 'forbidden'],
      [503, 'unavailable'],
      [200, 'protocol'],
    ] as const) {
      const error = await rejection(createHandshake({ token: 'lasting' }, { ...browser, fetch: door(status).fetch })());
      expect(error.code).to.equal(code);
      expect(error.detail).not.to.contain('lasting');
    }
  });

  it('waits for no ticket for ever, and leaves no timer', async () => {
    let signal: AbortSignal | null | undefined;
    const silent = (_url: unknown, init?: RequestInit): Promise<Response> => {
      signal = init?.signal;
      return new Promise(() => {});
    };
    const handshakes = [
      createHandshake({ token: 'lasting' }, { ...browser, fetch: silent }),
      createHandshake({ ticket: () => new Promise(() => {}) }, { ...browser, fetch: silent }),
    ];
    for (const handshake of handshakes) {
      const error = rejection(handshake());
      time.advance(10_000);
      expect(await error).to.include({
        code: 'timeout',
        detail: `A ticket for ${URL_OF_SOCKET} was not had within 10000 ms`,
      });
    }
    expect(signal?.aborted).to.equal(true);
    expect(time.waiting).to.equal(0);
  });
});
