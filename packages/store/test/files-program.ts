/** Writes and removes files as fast as it can, and says which are kept, until it is killed. */
import { randomBytes } from 'node:crypto';
import { openStore } from '../src/index.js';

const [, , data = '', database] = process.argv;
const store = await openStore({ data, database });

async function* content(round: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 4; i++) yield round % 3 === 0 ? Buffer.alloc(20_000, round % 2) : randomBytes(20_000);
}

async function work(worker: number): Promise<void> {
  for (let round = 0; ; round++) {
    const wish = { name: `${worker}-${round}`, mediaType: 'a/b', owner: 'urn:uuid:1' };
    const file = await store.files.write(content(round), wish);
    process.stdout.write(`kept ${file.id}\n`);
    if (round % 2 === 0) continue;
    process.stdout.write(`going ${file.id}\n`);
    await store.files.remove(file.id);
    process.stdout.write(`gone ${file.id}\n`);
  }
}

await Promise.all([work(0), work(1), work(2)]);
