import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { targetOf } from '../src/target.js';

describe('targetOf', () => {
  it('takes a name for a Thing of the gateway, and a URL as it is', async () => {
    const urls = await Promise.all([
      targetOf('ems 1', {}, {}),
      targetOf('ems', { url: 'https://lab.example/' }, { THINGWRIGHT_URL: 'http://other.example' }),
      targetOf('ems', {}, { THINGWRIGHT_URL: 'http://other.example:81' }),
      targetOf('http://far.example/td', {}, {}),
    ]);
    expect(urls.map(({ url }) => url)).to.deep.equal([
      'http://127.0.0.1:8080/things/ems%201',
      'https://lab.example/things/ems',
      'http://other.example:81/things/ems',
      'http://far.example/td',
    ]);
  });

  it('prefers the token that it is given, then that of the environment', async () => {
    const environment = { THINGWRIGHT_TOKEN: 'variable', THINGWRIGHT_ADMIN_TOKEN: 'admin' };
    expect((await targetOf('ems', { token: 'option' }, environment)).token).to.equal('option');
    expect((await targetOf('ems', {}, environment)).token).to.equal('variable');
    expect((await targetOf('ems', {}, { THINGWRIGHT_ADMIN_TOKEN: 'admin' })).token).to.equal('admin');
  });

  it("shows the admin token of this machine's gateway to this machine only", async () => {
    const data = await mkdtemp(join(tmpdir(), 'thingwright-'));
    await writeFile(join(data, 'admin-token'), 'of-this-machine\n');
    const environment = { THINGWRIGHT_DATA: data };
    for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
      expect((await targetOf('ems', { url: `http://${host}:8080` }, environment)).token, host).to.equal(
        'of-this-machine',
      );
    }
    for (const host of ['lab.example', '127.0.0.1.evil.example', '10.0.0.1']) {
      expect((await targetOf('ems', { url: `http://${host}` }, environment)).token, host).to.equal(undefined);
      const secret = { ...environment, THINGWRIGHT_ADMIN_TOKEN: 'admin' };
      expect((await targetOf(`http://${host}/td`, {}, secret)).token, host).to.equal(undefined);
    }
    await rm(data, { recursive: true });
  });
});
