import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import { byteStream } from '../src/byte-stream.js';

describe('byteStream', () => {
  it('gives the bytes of what can be gone through', async () => {
    const pieces = async function* () {
      yield Buffer.from('one');
      yield Buffer.from('two');
    };
    expect((await buffer(byteStream(pieces()))).toString()).to.equal('onetwo');
  });

  it('lets go of a stream that is destroyed before anybody has read from it', async () => {
    const content = new Readable({ read() {} });
    const closed = once(content, 'close');
    byteStream(content).destroy();
    await closed;
    expect(content.destroyed).to.equal(true);
  });
});
