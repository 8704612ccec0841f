import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { ThingError } from '@thingwright/core';
import { causeOf, refusalOf } from './fetch-json.js';

/** A file to be had by HTTP. */
export interface RemoteFile {
  readonly url: string;
  readonly token: string | undefined;
  /** Bytes. */
  readonly size: number;
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
}

/** How a download is followed and ended. */
export interface DownloadOptions {
  /** Ends it; what has come stays for the next time. */
  readonly signal: AbortSignal;
  /** Is told the bytes that are there. */
  readonly progress: (received: number) => void;
  /** Milliseconds before the server is asked again for what is missing. Default 1000. */
  readonly pause?: number;
}

/** How often it is asked in a row without that a byte comes. */
const TRIES = 5;

/**
 * Downloads a file; it is there when it is whole and its digest is right. What breaks off is gone on with, in this call or in a
 * later one: until then the bytes are in `path` with the beginning of the digest and `.part`.
 * @throws ThingError `unavailable` if the server cannot be reached any more, `invalid` for bytes of another digest, or what the
 * server had against it.
 */
export async function downloadFile(remote: RemoteFile, path: string, options: DownloadOptions): Promise<void> {
  const part = `${path}.${remote.sha256.slice(0, 8)}.part`;
  const file = await open(part, 'a+');
  try {
    const digest = await fill({ file, remote, options });
    if (digest !== remote.sha256) {
      await rm(part);
      throw new ThingError('invalid', `${remote.url} has the SHA-256 ${digest}, not ${remote.sha256}`);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
}

/** The bytes of a file that have come. */
interface Received {
  hash: Hash;
  size: number;
}

interface Download {
  readonly file: FileHandle;
  readonly remote: RemoteFile;
  readonly options: DownloadOptions;
}

async function fill(download: Download): Promise<string> {
  const { remote, options } = download;
  const received = await begun(download);
  for (let tries = 0; received.size < remote.size; ) {
    const before = received.size;
    options.progress(before);
    try {
      await receive(download, received);
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof ThingError) throw error;
      tries = received.size > before ? 0 : tries + 1;
      if (tries === TRIES) {
        const where = `${new URL(remote.url).origin} cannot be reached${causeOf(error)}`;
        throw new ThingError('unavailable', where, { cause: error });
      }
      await wait(options.pause ?? 1000, undefined, { signal: options.signal });
    }
  }
  options.progress(received.size);
  return received.hash.digest('hex');
}

/** What an earlier call has left. */
async function begun({ file, remote }: Download): Promise<Received> {
  const received = { hash: createHash('sha256'), size: 0 };
  for await (const chunk of file.createReadStream({ start: 0, autoClose: false })) {
    received.hash.update(chunk);
    received.size += chunk.length;
  }
  if (received.size > remote.size) await beginAnew(file, received);
  return received;
}

async function beginAnew(file: FileHandle, received: Received): Promise<void> {
  await file.truncate(0);
  received.hash = createHash('sha256');
  received.size = 0;
}

/** Gets what is missing; throws what fetch does where it breaks off. */
async function receive({ file, remote, options }: Download, received: Received): Promise<void> {
  const { url, token, size, sha256 } = remote;
  const response = await fetch(url, {
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      // Compressed on the way, a part would be one of other bytes.
      'accept-encoding': 'identity',
      ...(received.size > 0 ? { range: `bytes=${received.size}-`, 'if-range': `"${sha256}"` } : {}),
    },
    signal: options.signal,
  });
  if (!response.ok) throw refusalOf(url, response.status, await response.text());
  if (response.status !== 206) await beginAnew(file, received);
  if (!response.body) throw new ThingError('protocol', `${url} gives no bytes`);
  for await (const chunk of response.body) {
    if (received.size + chunk.length > size) throw new ThingError('invalid', `${url} has more than ${size} bytes`);
    await file.appendFile(chunk);
    received.hash.update(chunk);
    received.size += chunk.length;
    options.progress(received.size);
  }
  if (received.size < size) throw new Error(`${url} ended early`);
}
