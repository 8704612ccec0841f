/** Writes and removes results, of a device that comes and goes, and says which are kept, until it is killed. */
import { randomBytes } from 'node:crypto';
import { openStore } from '../src/index.js';

const [, , data = ''] = process.argv;
const store = await openStore({ data });
const say = (word: string, id: string): void => void process.stdout.write(`${word} ${id}\n`);

async function* content(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 4; i++) yield randomBytes(20_000);
}

const result = {
  taskID: 'task',
  type: 'MRD',
  parameter: null,
  originalName: 'data.mrd',
  file: { name: 'data.mrd', mediaType: 'application/octet-stream' },
};

/** A device that stays. */
async function measure(): Promise<void> {
  const { id: owner } =
    (await store.devices.get('mri')) ?? (await store.devices.add({ name: 'mri', kind: 'scanner', title: '' }, 'token'));
  for (let round = 0; ; round++) {
    const { id } = await store.results.write(content(), { ...result, owner });
    say('kept', id);
    if (round % 2 === 0) continue;
    say('going', id);
    await store.results.remove(owner, id);
    say('gone', id);
  }
}

/** Devices that go with what they have delivered. */
async function comeAndGo(): Promise<void> {
  for (;;) {
    await store.devices.remove('guest');
    const { id } = await store.devices.add(
      { name: 'guest', kind: 'scanner', title: '' },
      randomBytes(9).toString('hex'),
    );
    await store.results.write(content(), { ...result, owner: id });
    await store.devices.remove('guest');
    await store.results.follow(id);
  }
}

await Promise.all([measure(), comeAndGo()]);
