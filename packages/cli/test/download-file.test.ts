import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import { downloadFile } from '../src/download-file.js';
import { temporaryFolder } from './temporary-folder.js';

const CONTENT = randomBytes(300_000);
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
const PART = `data.mrd.${SHA256.slice(0, 8)}.part`;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Gives the part that is asked for; `until`: and breaks off there. */
const give =
  (until = CONTENT.length): Answer =>
  ({ headers }, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': CONTENT.length - start });
    response.write(CONTENT.subarray(start, until), () => {
      if (until < CONTENT.length) response.destroy();
      else response.end();
    });
  };

describe('downloadFile', () => {
  /** A server that answers so, one request after the other, and a folder. */
  const open = async (...answers: readonly Answer[]) => {
    const folder = await temporaryFolder();
    const asked: IncomingMessage['headers'][] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers);
      const answer = answers[asked.length - 1];
      if (answer) answer(request, response);
      else response.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const path = join(folder.path, 'data.mrd');
    const remote = { url: `http://127.0.0.1:${port}/data.mrd`, token: 'mine', size: CONTENT.length, sha256: SHA256 };
    const received: number[] = [];
    const ending = new AbortController();
    const options = { signal: ending.signal, progress: (size: number) => void received.push(size), pause: 1 };
    return {
      asked,
      path,
      received,
      end: () => ending.abort(),
      run: (more: Partial<typeof remote> = {}) => downloadFile({ ...remote, ...more }, path, options),
      files: () => readdir(folder.path),
      async [Symbol.asyncDispose]() {
        server.closeAllConnections();
        server.close();
        await folder[Symbol.asyncDispose]();
      },
    };
  };
  const codeOf = (download: Promise<void>): Promise<unknown> =>
    download.then(
      () => 'done',
      (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
    );

  it('writes what came when it is whole, and tells how far it is', async () => {
    await using opened = await open(give());
    await opened.run();
    expect((await readFile(opened.path)).equals(CONTENT)).to.equal(true);
    expect(await opened.files()).to.deep.equal(['data.mrd']);
    expect([opened.received[0], opened.received.at(-1)]).to.deep.equal([0, CONTENT.length]);
    expect(opened.asked[0]).to.include({ authorization: 'Bearer mine' }).and.not.have.property('range');
  });

  it('goes on where it broke off, with the same content only', async () => {
    await using opened = await open(give(100_000), give(200_000), give());
    await opened.run();
    expect((await readFile(opened.path)).equals(CONTENT)).to.equal(true);
    expect(opened.asked).to.have.length(3);
    for (const { range, 'if-range': ifRange } of opened.asked.slice(1)) {
      expect(range).to.match(/^bytes=[1-9]\d*-$/);
      expect(ifRange).to.equal(`"${SHA256}"`);
    }
  });

  it('goes on in a later call with what an earlier one has left', async () => {
    await using opened = await open(give());
    await writeFile(join(opened.path, '..', PART), CONTENT.subarray(0, 1234));
    await opened.run();
    expect(opened.asked[0]?.range).to.equal('bytes=1234-');
    expect((await readFile(opened.path)).equals(CONTENT)).to.equal(true);
  });

  it('begins anew where the server gives no part', async () => {
    await using opened = await open((_request, response) => void response.end(CONTENT));
    await writeFile(join(opened.path, '..', PART), CONTENT.subarray(0, 1234));
    await opened.run();
    expect((await readFile(opened.path)).equals(CONTENT)).to.equal(true);
  });

  it('gives up when no byte comes any more, and keeps what came', async () => {
    await using opened = await open(give(100_000));
    expect(await codeOf(opened.run())).to.equal('unavailable');
    expect(await opened.files()).to.deep.equal([PART]);
    expect(opened.asked).to.have.length(6);
  });

  it('leaves nothing of what is not what it should be', async () => {
    await using opened = await open((_request, response) => void response.end(randomBytes(CONTENT.length)));
    expect(await codeOf(opened.run())).to.equal('invalid');
    expect(await opened.files()).to.deep.equal([]);
  });

  it('takes no more than was announced', async () => {
    await using opened = await open(give());
    expect(await codeOf(opened.run({ size: 1000 }))).to.equal('invalid');
    expect(await opened.files()).not.to.include('data.mrd');
  });

  for (const [status, code] of [
    [401, 'unauthenticated'],
    [404, 'notFound'],
    [500, 'failed'],
  ] as const) {
    it(`tells at once what the server has against it: ${status}`, async () => {
      await using opened = await open((_request, response) => void response.writeHead(status).end('{"detail": "no"}'));
      expect(await codeOf(opened.run())).to.equal(code);
      expect(opened.asked).to.have.length(1);
    });
  }

  it('ends when it is told to, and keeps what came', async () => {
    let hasBegun = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      hasBegun = resolve;
    });
    await using opened = await open((_request, response) => {
      response.writeHead(200, { 'content-length': CONTENT.length });
      response.write(CONTENT.subarray(0, 1000), () => hasBegun());
    });
    const ended = codeOf(opened.run());
    await begun;
    opened.end();
    await ended;
    expect(await opened.files()).to.deep.equal([PART]);
  });
});
