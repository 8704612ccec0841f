/**
 * Files over a socket, written with `ws`: a header as text, then its bytes. They are hashed with SHA-256 and written to disk as
 * they come, and the sender has to wait while two messages wait for the disk; then the file is synced, compared with its header and
 * renamed.
 */
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream, rmSync, type WriteStream } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { obey } from '../harness/commands.js';
import { peakMemory } from '../harness/peak-memory.js';
import { openBareSocket } from './bare-socket.js';

interface Upload {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  readonly hash: Hash;
  readonly file: WriteStream;
  received: number;
}

const folder = await mkdtemp(join(tmpdir(), 'thingwright-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const stored: string[] = [];
let files = 0;

function begin(header: { readonly size_bytes: number; readonly sha256: string }): Upload {
  const path = join(folder, String(++files));
  const file = createWriteStream(`${path}.part`, { flags: 'wx', flush: true, highWaterMark: 2_097_152 });
  return { path, size: header.size_bytes, sha256: header.sha256, hash: createHash('sha256'), file, received: 0 };
}

async function finish(ws: WebSocket, { path, file, hash, sha256 }: Upload): Promise<void> {
  await new Promise<void>((resolve) => {
    file.once('close', resolve).end();
  });
  // A stream that ends says no more that it has drained.
  ws.resume();
  const isRight = hash.digest('hex') === sha256;
  if (isRight) await rename(`${path}.part`, path);
  stored.push(path);
  ws.send(JSON.stringify({ command: 'feedback', message: '', code: isRight ? 'stored' : 'checksum' }));
}

function accept(ws: WebSocket): void {
  let upload: Upload | undefined;
  ws.on('message', (data: Buffer, isBinary: boolean) => {
    if (!isBinary) {
      const message = JSON.parse(data.toString());
      if (message.command === 'file-transfer') upload = begin(message);
      if (message.command === 'ping') ws.send('{"command":"pong"}');
      return;
    }
    if (!upload) throw new Error('Bytes without a header');
    upload.received += data.length;
    upload.hash.update(data);
    if (!upload.file.write(data)) {
      ws.pause();
      upload.file.once('drain', () => ws.resume());
    }
    if (upload.received >= upload.size) void finish(ws, upload);
  });
}

const server = await openBareSocket(accept);
obey({
  open: () => ({ port: server.port, isGateway: 0 }),
  ...peakMemory(),
  async tidy() {
    for (const path of stored.splice(0)) await rm(path);
    return {};
  },
});
