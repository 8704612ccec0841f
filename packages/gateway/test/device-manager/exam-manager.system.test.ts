import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { expect } from 'chai';
import { createExamManager } from '../../src/device-manager/exam-manager.js';
import { openGateway } from '../../src/index.js';
import { ADMIN_TOKEN, dialIn } from '../kinds/scanner-lab.js';

const ID = '507f1f77bcf86cd799439011';
const SEQUENCE = { _id: ID, name: 'tse', description: '', sequence_type: '', seq_file: '[VERSION]', xml_file: null };

/** An exam manager that answers as told; `asked` is what it was asked with. */
async function serve(answer: RequestListener) {
  const asked: (readonly [url: string | undefined, authorization: string | undefined])[] = [];
  const server = createServer((request, response) => {
    asked.push([request.url, request.headers.authorization]);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    asked,
    url: `http://127.0.0.1:${port}/api/v1/exam`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (found) => found,
    (error: unknown) => Reflect.get(Object(error), 'code'),
  );

describe('An exam manager', () => {
  it('is asked with the token of the caller, and with nothing else that it shows', async () => {
    await using exams = await serve((_request, response) => response.end(JSON.stringify(SEQUENCE)));
    const find = createExamManager(`${exams.url}/`);
    expect(await find(ID, 'Bearer token')).to.deep.equal(SEQUENCE);
    await find('../x?y', 'Basic c2VjcmV0');
    await find(ID, undefined);
    expect(exams.asked).to.deep.equal([
      [`/api/v1/exam/sequence/${ID}`, 'Bearer token'],
      ['/api/v1/exam/sequence/..%2Fx%3Fy', undefined],
      [`/api/v1/exam/sequence/${ID}`, undefined],
    ]);
  });

  it('may have none, refuse, fail, talk nonsense or too much, or say nothing', async () => {
    const answers: readonly [RequestListener, outcome: unknown][] = [
      [(_, response) => response.writeHead(404).end('{"detail":"Sequence not found"}'), undefined],
      [(_, response) => response.writeHead(401).end(), undefined],
      [(_, response) => response.writeHead(500).end(), 'unavailable'],
      [(_, response) => response.end('<html>'), 'protocol'],
      [(_, response) => response.end(Buffer.alloc(16_777_217, ' ')), 'tooLarge'],
      [(request) => request.socket.destroy(), 'unavailable'],
      [() => undefined, 'timeout'],
      [(_, response) => response.write('{'), 'timeout'],
    ];
    for (const [answer, outcome] of answers) {
      await using exams = await serve(answer);
      const patience = outcome === 'timeout' ? 50 : 3000;
      expect(await codeOf(createExamManager(exams.url, { patience })(ID, undefined))).to.equal(outcome);
    }
    expect(await codeOf(createExamManager('http://127.0.0.1:1')(ID, undefined))).to.equal('unavailable');
  });

  it('is not followed to where it leads, not even on its own machine', async () => {
    await using elsewhere = await serve((_request, response) => response.end(JSON.stringify(SEQUENCE)));
    await using exams = await serve((_, response) => response.writeHead(307, { location: elsewhere.url }).end());
    expect(await codeOf(createExamManager(exams.url)(ID, 'Bearer token'))).to.equal('unavailable');
    expect(elsewhere.asked).to.deep.equal([]);
  });

  it('is asked by eight at once, and again when they have their answers', async () => {
    const held: (() => void)[] = [];
    await using exams = await serve((_request, response) => {
      held.push(() => response.end(JSON.stringify(SEQUENCE)));
      if (held.length === 8) for (const answer of held) answer();
    });
    const find = createExamManager(exams.url);
    const found = await Promise.all(Array.from({ length: 12 }, () => codeOf(find(ID, undefined))));
    expect(found.filter((each) => each === 'tooMany')).to.have.length(4);
    const again = codeOf(find(ID, undefined));
    while (held.length < 9) await new Promise(setImmediate);
    held[8]?.();
    expect(await again).to.deep.equal(SEQUENCE);
  });

  it('gives the sequences of scans that name them by id', async () => {
    await using exams = await serve((_request, response) => response.end(JSON.stringify(SEQUENCE)));
    await using gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN, examManager: exams.url });
    const { id, token } = await gateway.fleet.provision({ kind: 'scanner', name: 'mri' });
    await using _device = await dialIn(gateway, { id, token });
    const task = {
      id: '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33',
      task_type: 'ACQUISITION',
      name: 'knee',
      sequence_id: ID,
    };
    const answer = await fetch(`${gateway.url}/api/v1/device/start_scan_via_websocket`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...task, device_id: id.replace('urn:uuid:', '') }),
    });
    expect([answer.status, await answer.json()]).to.deep.equal([200, null]);
    expect(exams.asked).to.deep.equal([[`/api/v1/exam/sequence/${ID}`, `Bearer ${ADMIN_TOKEN}`]]);
  });
});
