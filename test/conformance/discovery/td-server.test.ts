import { expect } from 'chai';
import { at } from '../fixture/consumer.js';
import { type Library, openLibrary } from '../fixture/directory.js';
import { mediaType } from '../fixture/http.js';
import { descriptionFaults } from '../fixture/schemas.js';

const WELL_KNOWN = '/.well-known/wot';

describe('WoT Discovery: descriptions and where they begin', () => {
  let library: Library;
  before(async () => {
    library = await openLibrary();
    await library.gateway.fleet.provision({ kind: 'telemetry', name: 'ems_001' });
  });
  after(() => library[Symbol.asyncDispose]());

  it('introduction-well-known-path, introduction-well-known-thing-description, introduction-direct-directory-description: the well-known URI gives the own description of the directory', async () => {
    const answer = await library.ask(`GET ${WELL_KNOWN}`, { token: null });
    expect([answer.status, mediaType(answer)]).to.deep.equal([200, 'application/td+json']);
    expect(answer.json()).to.include({ id: library.gateway.id, '@type': 'ThingDirectory' });
  });

  it('exploration-directory-description-type: has the type ThingDirectory, in the discovery context', async () => {
    const td = await library.read(WELL_KNOWN);
    expect([at(td, '@type')].flat()).to.include('ThingDirectory');
    expect(at(td, '@context')).to.include('https://www.w3.org/2022/wot/discovery');
    expect(descriptionFaults(td)).to.deep.equal([]);
  });

  it('introduction-direct-thing-description: the address of a Thing gives its description', async () => {
    expect(await library.read('/things/ems_001')).to.include({ title: 'Battery ems_001' });
  });

  it('exploration-server-http-method, exploration-server-http-resp, exploration-server-http-resp-content-type, exploration-server-http-resp-json: GET gives a TD in JSON', async () => {
    for (const path of [WELL_KNOWN, '/things/ems_001', `/things/${library.gateway.id}`]) {
      const answer = await library.ask(`GET ${path}`);
      expect([answer.status, mediaType(answer)], path).to.deep.equal([200, 'application/td+json']);
      expect(descriptionFaults(answer.json()), path).to.deep.equal([]);
    }
  });

  it('exploration-server-http-head: HEAD gives the headers that GET gives', async () => {
    for (const path of [WELL_KNOWN, '/things/ems_001']) {
      const [head, get] = [await library.ask(`HEAD ${path}`), await library.ask(`GET ${path}`)];
      expect([head.status, head.body.length], path).to.deep.equal([200, 0]);
      for (const name of ['content-type', 'content-length', 'cache-control', 'etag', 'vary']) {
        expect(head.headers[name], `${name} of ${path}`).to.equal(get.headers[name]);
      }
    }
  });

  it('exploration-secboot-401: without credentials it says how to show some', async () => {
    const answer = await library.ask('GET /things/ems_001', { token: null });
    expect(answer.status).to.equal(401);
    expect([answer.headers['www-authenticate']].flat().join()).to.include('Basic').and.include('Bearer');
  });

  it('sec-tdd-intro-no-observe: what is open to everybody cannot be followed', async () => {
    const headers = { accept: 'text/event-stream' };
    const answer = await library.ask(`GET ${WELL_KNOWN}`, { token: null, headers });
    expect(mediaType(answer)).not.to.equal('text/event-stream');
    expect((await library.ask('GET /events', { token: null, headers })).status).to.equal(401);
  });
});
