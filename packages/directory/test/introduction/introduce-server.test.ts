import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { introduceServer } from '../../src/introduction/introduce-server.js';

const serving = (text?: string) => async (url: string) => {
  if (text === undefined || !url.endsWith('/.well-known/core')) throw new ThingError('unavailable', 'nothing there');
  return { text, from: url };
};

describe('a server that somebody names', () => {
  it('introduction-well-known-uri: may have its description at the well-known URI, and links to more', async () => {
    const links = '</.well-known/wot>;rt=wot.directory,</lamp>;rt="wot.thing"';
    const introduced = await introduceServer('http://lab.example', { fetchText: serving(links) });
    expect(introduced.map(({ url, mechanism }) => `${mechanism} ${url}`)).to.deep.equal([
      'well-known http://lab.example/.well-known/wot',
      'core http://lab.example/lamp',
    ]);
  });

  it('needs no links, and none that make sense', async () => {
    for (const text of [undefined, '<<<', 'x'.repeat(100_000)]) {
      const introduced = await introduceServer('https://lab.example:8443/', { fetchText: serving(text) });
      expect(introduced.map(({ url }) => url)).to.deep.equal(['https://lab.example:8443/.well-known/wot']);
    }
  });

  it('introduction-direct-url: a URL with a path is that of a description', async () => {
    const introduced = await introduceServer('http://lab.example/lamp?v=1', { fetchText: serving() });
    expect(introduced).to.deep.equal([{ url: 'http://lab.example/lamp?v=1', type: 'Thing', mechanism: 'direct' }]);
  });

  it('rejects what is no URL of HTTP', async () => {
    for (const url of ['lab', 'coap://lab.example', 'file:///etc/passwd']) {
      const refused = await introduceServer(url, { fetchText: serving() }).catch((error: unknown) => error);
      expect(refused, url).to.be.instanceOf(TypeError);
    }
  });
});
