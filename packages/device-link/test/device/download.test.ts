import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { type Download, download } from '../../src/device/download.js';

const IMAGE = Buffer.alloc(200_000, 'image');
const SHA256 = createHash('sha256').update(IMAGE).digest('hex');

/** A server of one image, and a folder to get it into. */
async function openPlace(answer: RequestListener) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const folder = await mkdtemp(join(tmpdir(), 'thingwright-download-'));
  const file = join(folder, 'image');
  return {
    file,
    get: (more: Partial<Download> = {}) =>
      download({
        url: `http://127.0.0.1:${port}/image`,
        token: 'token',
        file,
        size: IMAGE.length,
        sha256: SHA256,
        signal: new AbortController().signal,
        progress() {},
        ...more,
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Answers with bytes without end; `left` resolves when the one who asked is gone. */
function endless(pause: (send: () => void) => void): {
  readonly answer: RequestListener;
  readonly left: Promise<void>;
} {
  let leave: (() => void) | undefined;
  const left = new Promise<void>((resolve) => {
    leave = resolve;
  });
  return {
    left,
    answer(_, response) {
      const send = (): void => {
        if (response.destroyed) return;
        if (response.write(IMAGE)) pause(send);
        else response.once('drain', () => pause(send));
      };
      response.once('close', () => leave?.());
      send();
    },
  };
}

const failure = (promise: Promise<void>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof ThingError ? error.code : error),
  );

describe('A download', () => {
  it('goes on where it broke off', async () => {
    const ranges: (string | undefined)[] = [];
    await using place = await openPlace((request, response) => {
      ranges.push(request.headers.range);
      response.writeHead(206, { 'Content-Range': `bytes 1000-${IMAGE.length - 1}/${IMAGE.length}` });
      response.end(IMAGE.subarray(1000));
    });
    await writeFile(place.file, IMAGE.subarray(0, 1000));
    await place.get();
    expect(ranges).to.deep.equal(['bytes=1000-']);
    expect((await readFile(place.file)).equals(IMAGE)).to.equal(true);
  });

  it('lets go of a server that sends more than there should be', async () => {
    const { answer, left } = endless(setImmediate);
    await using place = await openPlace(answer);
    expect(await failure(place.get())).to.equal('invalid');
    await left;
  });

  it('lets go of the server when its file cannot be written, even if nothing more comes', async () => {
    const { answer, left } = endless(() => undefined);
    await using place = await openPlace(answer);
    expect(await failure(place.get({ file: join(place.file, 'there', 'is no folder') }))).to.equal('unavailable');
    await left;
  });

  it('stops when it is to', async () => {
    const { answer, left } = endless(() => undefined);
    await using place = await openPlace(answer);
    const stop = new AbortController();
    expect(await failure(place.get({ signal: stop.signal, progress: () => stop.abort() }))).to.equal('aborted');
    await left;
  });
});
