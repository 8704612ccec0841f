/**
 * Starts a scan, shows how far it is, and downloads what it has measured; what breaks off is gone on with. `npm run demo` has a
 * scanner: `THINGWRIGHT_TOKEN=… npx tsx --conditions=source examples/07-scan.ts [TD URL [sequence file]]`.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, readFile, rename, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { consume } from '@thingwright/client';
import { Scanner } from '@thingwright/scanner';
import { SingleBar } from 'cli-progress';

const [url = 'http://127.0.0.1:8080/things/mri_001', sequence] = process.argv.slice(2);
const token = process.env.THINGWRIGHT_TOKEN ?? '';

/** Gets what is missing of a file: all of it, or what follows the bytes that are there. */
async function download(href: string, path: string): Promise<void> {
  const start = await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
  const headers = { authorization: `Bearer ${token}`, range: `bytes=${start}-` };
  const { status, body } = await fetch(new URL(href, url), { headers });
  if (status !== 206 || !body) throw new Error(`${href}: ${status}`);
  for await (const bytes of body) await appendFile(path, bytes);
}

await using scanner = await consume(Scanner, url, { token });
const bar = new SingleBar({ format: 'scanning [{bar}] {percentage} %', noTTYOutput: true });
const seqFile = sequence === undefined ? '' : await readFile(sequence, 'utf8');
const name = sequence === undefined ? 'none' : basename(sequence);
const scan = scanner.actions.startScan({ sequence: { name, seqFile } }, { signal: AbortSignal.timeout(600_000) });
bar.start(100, 0);
scan.progress.subscribe(({ percent }) => bar.update(percent));
const { taskId } = await scan.output;
bar.stop();

for (const { resultId, files } of await scanner.actions.listResults({ taskId }).output) {
  for (const { href, size, sha256, name: file } of files) {
    const path = `${resultId}-${basename(file)}`;
    const part = `${path}.part`;
    for (let tries = 0; (await stat(part).catch(() => ({ size: 0 }))).size < size; tries++) {
      await download(href, part).catch((error: unknown) => {
        if (tries === 5) throw error;
      });
    }
    const hash = createHash('sha256');
    await pipeline(createReadStream(part), hash);
    if (hash.digest('hex') !== sha256) throw new Error(`${path} is not what was measured`);
    await rename(part, path);
    console.log(`${path}: ${size} bytes`);
  }
}
