import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import type { Files, NewFile } from '../src/index.js';
import type { Premises } from './fixture/premises.js';

const SCAN: NewFile = { name: 'scan.png', mediaType: 'image/png', owner: 'urn:uuid:1' };

/** What every store promises of files. */
export function filesSuite(prepare: () => Promise<Premises>): void {
  it('gives back what it took, whole and in parts', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ now: () => 1_700_000_000_000 });
    const { files } = opened.store;
    const bytes = randomBytes(300_000);
    const file = await files.write(pieces(bytes, 70_001), { ...SCAN, organization: 'lab' });
    expect(file).to.deep.equal({
      ...SCAN,
      id: file.id,
      organization: 'lab',
      size: bytes.length,
      sha256: hashOf(bytes),
      created: '2023-11-14T22:13:20.000Z',
    });
    expect(await files.get(file.id)).to.deep.equal(file);
    for (const [start, end] of [[0], [0, 1], [299_999], [100_000, 200_000], [5, 5], [300_000], [10, 1_000_000]]) {
      const part = await files.read(file.id, { start, end });
      expect([part.start, part.end]).to.deep.equal([start, Math.min(end ?? 300_000, 300_000)]);
      expect((await buffer(part.content)).equals(bytes.subarray(start, end)), `${start} to ${end}`).to.equal(true);
    }
    for (const range of [
      { start: 300_001 },
      { start: -1 },
      { start: 2, end: 1 },
      { start: 0.5 },
      { end: Number.NaN },
    ]) {
      expect(await codeOf(files.read(file.id, range)), JSON.stringify(range)).to.equal('invalid');
    }
    expect(await codeOf(files.read('nobody'))).to.equal('notFound');
    expect(await files.get('nobody')).to.equal(undefined);
  });

  it('takes an empty file', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { files } = opened.store;
    const { id, size } = await files.write(pieces(Buffer.of()), SCAN);
    expect(size).to.equal(0);
    expect(await buffer((await files.read(id)).content)).to.have.length(0);
  });

  it('keeps a content until the last file that has it goes', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { files } = opened.store;
    const bytes = randomBytes(1000);
    const [first, second] = await Promise.all([
      files.write(pieces(bytes), SCAN),
      files.write(pieces(bytes), { ...SCAN, name: 'again.png' }),
    ]);
    expect(first.id).not.to.equal(second.id);
    expect(await files.remove(first.id)).to.deep.equal(first);
    expect(await files.remove(first.id)).to.equal(undefined);
    const reading = await files.read(second.id);
    await files.remove(second.id);
    expect((await buffer(reading.content)).equals(bytes), 'what is being read goes on').to.equal(true);
    expect(await codeOf(files.read(second.id))).to.equal('notFound');
    const third = await files.write(pieces(bytes), SCAN);
    expect((await buffer((await files.read(third.id)).content)).equals(bytes)).to.equal(true);
  });

  it('loses no bytes where one content is written and removed at once', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { files } = opened.store;
    const bytes = randomBytes(100);
    const rounds = Array.from({ length: 20 }, async (_, i) => {
      const { id } = await files.write(pieces(bytes), SCAN);
      if (i % 2 === 0) await files.remove(id);
    });
    await Promise.all(rounds);
    const { items } = await files.list(SCAN.owner);
    expect(items).to.have.length(10);
    for (const { id } of items) expect((await buffer((await files.read(id)).content)).equals(bytes)).to.equal(true);
  });

  it('lists the files of a Thing in pages', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { files } = opened.store;
    for (let i = 0; i < 5; i++) await files.write(pieces(Buffer.from(`${i}`)), { ...SCAN, name: `${i}` });
    await files.write(pieces(Buffer.from('x')), { ...SCAN, owner: 'urn:uuid:2' });
    const pages: string[][] = [];
    let after: string | undefined;
    do {
      const page = await files.list(SCAN.owner, { limit: 2, after });
      pages.push(page.items.map(({ name }) => name));
      after = page.next;
    } while (after !== undefined);
    expect(pages).to.deep.equal([['0', '1'], ['2', '3'], ['4']]);
    expect(await codeOf(files.list(SCAN.owner, { limit: 0 }))).to.equal('invalid');
    expect(await codeOf(files.list(SCAN.owner, { after: 'x' }))).to.equal('invalid');
  });

  it('refuses what is not as expected, or larger than it may be, and keeps nothing of it', async () => {
    await using premises = await prepare();
    await using opened = await premises.open({ files: { maxSize: 1000 } });
    const { files } = opened.store;
    const bytes = randomBytes(500);
    const sha256 = hashOf(bytes);
    const refused: readonly [Partial<NewFile>, string][] = [
      [{ expected: { size: 501 } }, 'invalid'],
      [{ expected: { size: 499 } }, 'tooLarge'],
      [{ expected: { sha256: sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) } }, 'invalid'],
      [{ maxSize: 499 }, 'tooLarge'],
      [{ expected: { sha256: 'x' } }, 'invalid'],
      [{ maxSize: -1 }, 'invalid'],
    ];
    for (const [wish, code] of refused) {
      expect(await codeOf(files.write(pieces(bytes), { ...SCAN, ...wish })), JSON.stringify(wish)).to.equal(code);
    }
    expect(await codeOf(files.write(pieces(randomBytes(1001)), SCAN))).to.equal('tooLarge');
    expect(await files.list(SCAN.owner)).to.deep.equal({ items: [], next: undefined });
    expect(await files.usage('default')).to.equal(0);
    const expected = { size: 500, sha256: sha256.toUpperCase() };
    expect(await files.write(pieces(bytes), { ...SCAN, expected })).to.include({ size: 500, sha256 });
  });

  it('takes no name that could be a path', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { files } = opened.store;
    const odd = ['', '.', '..', '../x', 'a/b', 'a\\b', 'a\0b', 'a\nb', 'x'.repeat(256)];
    for (const name of odd) {
      expect(await codeOf(files.write(pieces(Buffer.of(1)), { ...SCAN, name })), name).to.equal('invalid');
    }
    for (const wish of [{ mediaType: 'png' }, { mediaType: 'a/b\r\nx: y' }, { owner: '' }, { organization: '' }]) {
      expect(await codeOf(files.write(pieces(Buffer.of(1)), { ...SCAN, ...wish }))).to.equal('invalid');
    }
    for (const name of ['..x', 'Größe 1 %.csv', 'a b', '.htaccess']) {
      expect(await files.write(pieces(Buffer.of(1)), { ...SCAN, name })).to.include({ name });
    }
  });

  it('asks the quota of an organization before the first byte, and again with each', async () => {
    await using premises = await prepare();
    const limit = (organization: string): number | undefined => (organization === 'lab' ? 1000 : undefined);
    await using opened = await premises.open({ files: { quota: limit } });
    const { files } = opened.store;
    const lab = { ...SCAN, organization: 'lab' };
    const { id } = await files.write(pieces(randomBytes(600)), lab);
    let asked = false;
    const content = async function* (): AsyncGenerator<Uint8Array> {
      asked = true;
      yield randomBytes(401);
    };
    expect(await codeOf(files.write(content(), { ...lab, expected: { size: 401 } }))).to.equal('tooLarge');
    expect(asked).to.equal(false);
    expect(await codeOf(files.write(content(), lab))).to.equal('tooLarge');
    expect(asked).to.equal(true);
    expect(await files.usage('lab')).to.equal(600);
    const both = [randomBytes(300), randomBytes(300)].map((bytes) => codeOf(files.write(pieces(bytes, 50), lab)));
    expect((await Promise.all(both)).sort()).to.include('tooLarge');
    await files.write(pieces(randomBytes(5000)), { ...SCAN, organization: 'other' });
    await files.remove(id);
    expect(await files.write(pieces(randomBytes(600)), lab)).to.include({ size: 600 });
  });

  it('keeps nothing of a content that breaks off', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { files } = opened.store;
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield randomBytes(100);
      throw new ThingError('disconnected', 'the sender went away');
    };
    expect(await codeOf(files.write(broken(), SCAN))).to.equal('disconnected');
    expect(await files.usage('default')).to.equal(0);
    expect((await files.list(SCAN.owner)).items).to.deep.equal([]);
  });

  it('closes what is read by nobody any more', async () => {
    await using premises = await prepare();
    await using opened = await premises.open();
    const { files } = opened.store;
    const { id } = await files.write(pieces(randomBytes(1_000_000)), SCAN);
    const { content } = await files.read(id);
    const closed = once(content, 'close');
    content.destroy();
    await closed;
  });
}

/** What every store promises of files when it is opened again. */
export function filesRestartSuite(prepare: () => Promise<Premises>): void {
  it('has its files after a restart, and what they amount to', async () => {
    await using premises = await prepare();
    const bytes = randomBytes(1000);
    const write = async ({ write }: Files): Promise<string> => (await write(pieces(bytes), SCAN)).id;
    let id = '';
    {
      await using before = await premises.open();
      id = await write(before.store.files);
    }
    await using after = await premises.open();
    const { files } = after.store;
    expect((await buffer((await files.read(id)).content)).equals(bytes)).to.equal(true);
    expect(await files.usage('default')).to.equal(1000);
  });
}

/** Bytes in pieces. */
export async function* pieces(bytes: Uint8Array, length = 65_536): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += length) yield bytes.subarray(i, i + length);
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no error';
  } catch (error) {
    return error instanceof ThingError ? error.code : String(error);
  }
}
