import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { ThingError } from '@thingwright/core';

/** Bytes that have come whole, and lie beside the others until they are placed. */
export interface Received {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** The bytes of files, each content once, under its SHA-256: `ab/cdef…`. Rejects with ThingErrors `unavailable`. */
export interface FilesOnDisk {
  /** Drops what was being received when a process ended. @throws ThingError `invalid` if the files belong to another store. */
  prepare(): Promise<void>;
  /** How many bytes there is room for; others take of it too. */
  room(): Promise<number>;
  /** Writes bytes down, synced. `grows` hears of every size before it is written and may throw; then nothing stays. */
  receive(content: AsyncIterable<Uint8Array>, grows: (size: number) => void): Promise<Received>;
  discard(received: Received): Promise<void>;
  /** Puts bytes in their place; those that are there already are the same. */
  place(received: Received): Promise<void>;
  remove(sha256: string): Promise<void>;
  /** Undefined if they are not there. @throws ThingError `failed` if they are not of that size. */
  read(
    file: { readonly sha256: string; readonly size: number },
    range: { readonly start: number; readonly end: number },
  ): Promise<Readable | undefined>;
  /** The first two digits of what there is. */
  shelves(): Promise<readonly string[]>;
  /** What there is of them. */
  contents(shelf: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The folder of files in a data folder. */
export const FILES_FOLDER = 'files';
const INCOMING = 'incoming';
/** Says whose files they are. */
const OWNER = 'store';

/** Where the bytes of a content are, in the folder of files. */
export const pathOfContent = (root: string, sha256: string): string => join(root, sha256.slice(0, 2), sha256.slice(2));

/** Keeps bytes in a folder, made when the first ones come; `owner` is the id of the store that they belong to. */
export function createFilesOnDisk(
  root: string,
  options: {
    readonly owner: string;
    /** Whether they outlive the store; default true. */
    readonly lasting?: boolean;
    readonly openFile?: typeof open;
  },
): FilesOnDisk {
  const { owner, lasting = true, openFile = open } = options;
  const incoming = join(root, INCOMING);
  const contents = async (shelf: string): Promise<readonly string[]> =>
    (await listed(join(root, shelf))).map((rest) => `${shelf}${rest}`).filter((name) => /^[\da-f]{64}$/.test(name));
  const shelves = async (): Promise<readonly string[]> =>
    (await listed(root)).filter((name) => /^[\da-f]{2}$/.test(name));
  let made: Promise<void> | undefined;
  const make = (): Promise<void> => {
    made ??= onDisk(async () => {
      await mkdir(incoming, { recursive: true, mode: 0o700 });
      await write(join(root, OWNER), `${owner}\n`);
      await syncFolder(root);
    });
    made.catch(() => {
      made = undefined;
    });
    return made;
  };

  return {
    prepare: () =>
      onDisk(async () => {
        await rm(incoming, { recursive: true, force: true });
        const before = await ownerOf(root);
        if (before === undefined || before === owner || (await shelves()).length === 0) return;
        throw new ThingError(
          'invalid',
          `The files in ${root} belong to another database than this one; move them away, or name the right one`,
        );
      }),
    async room() {
      await make();
      const { bavail, bsize } = await onDisk(() => statfs(root));
      return bavail * bsize;
    },
    async receive(content, grows) {
      await make();
      const path = join(incoming, randomUUID());
      const file = await onDisk(() => openFile(path, 'wx', 0o600));
      try {
        return { path, ...(await writeAll(file, content, grows)) };
      } catch (error) {
        await rm(path, { force: true }).catch(() => undefined);
        throw error;
      }
    },
    discard: ({ path }) => onDisk(() => rm(path, { force: true })),
    place: ({ path, sha256 }) =>
      onDisk(async () => {
        const place = pathOfContent(root, sha256);
        const shelf = dirname(place);
        if (await mkdir(shelf, { recursive: true, mode: 0o700 })) await syncFolder(root);
        await rename(path, place);
        await syncFolder(shelf);
      }),
    remove: (sha256) => onDisk(() => rm(pathOfContent(root, sha256), { force: true })),
    read: ({ sha256, size }, { start, end }) =>
      onDisk(async () => {
        const file = await open(pathOfContent(root, sha256), 'r').catch(ignoreMissing);
        if (!file) return undefined;
        const found = (await file.stat()).size;
        if (found === size && end > start) return file.createReadStream({ start, end: end - 1 });
        await file.close();
        if (found === size) return Readable.from([]);
        throw new ThingError('failed', `The file ${sha256} is damaged: ${found} bytes in place of ${size}`);
      }),
    shelves: () => onDisk(shelves),
    contents: (shelf) => onDisk(() => contents(shelf)),
    close: async () => (lasting ? undefined : onDisk(() => rm(root, { recursive: true, force: true }))),
  };
}

/** For a store without a folder: it has no files, and takes none. */
export function createNoDisk(): FilesOnDisk {
  const refuse = async (): Promise<never> => {
    throw new ThingError('unavailable', 'A store without a folder keeps no files');
  };
  const nothing = async (): Promise<readonly string[]> => [];
  return {
    prepare: async () => undefined,
    room: refuse,
    receive: refuse,
    discard: refuse,
    place: refuse,
    remove: refuse,
    read: refuse,
    shelves: nothing,
    contents: nothing,
    close: async () => undefined,
  };
}

async function writeAll(
  file: FileHandle,
  content: AsyncIterable<Uint8Array>,
  grows: (size: number) => void,
): Promise<Omit<Received, 'path'>> {
  const hash = createHash('sha256');
  let size = 0;
  let writing = Promise.resolve();
  try {
    for await (const chunk of content) {
      grows(size + chunk.length);
      size += chunk.length;
      // Hashed while the chunk before is still being written.
      hash.update(chunk);
      await writing;
      writing = onDisk(() => writeWhole(file, chunk));
      // Whoever waits for it next is told; until then nobody is.
      writing.catch(() => undefined);
    }
    await writing;
    await onDisk(() => file.sync());
  } finally {
    await writing.catch(() => undefined);
    await file.close();
  }
  return { size, sha256: hash.digest('hex') };
}

/** In one go as a rule: `appendFile` cuts chunks of the sizes that come into pieces. */
async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done)).bytesWritten;
}

/** What is asked of the disk and not done is `unavailable`. */
async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ThingError) throw error;
    const code = error instanceof Error && 'code' in error ? `: ${String(error.code)}` : '';
    throw new ThingError('unavailable', `The store cannot keep or give files${code}`, { cause: error });
  }
}

async function write(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

async function ownerOf(root: string): Promise<string | undefined> {
  return (await readFile(join(root, OWNER), 'utf8').catch(ignoreMissing))?.trim();
}

const listed = async (folder: string): Promise<readonly string[]> => (await readdir(folder).catch(ignoreMissing)) ?? [];

/** A name that was given is there after a power failure only if its folder was synced. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
