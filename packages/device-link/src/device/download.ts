import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { ThingError } from '@thingwright/core';

/** What to get, and where it goes. */
export interface Download {
  readonly url: string;
  readonly token: string;
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** 64 hexadecimal digits in lower case. */
  readonly sha256: string;
  readonly signal: AbortSignal;
  /** Called with how many bytes are there. */
  progress(bytes: number): void;
}

/**
 * Gets what is missing of a file in one HTTP range (RFC 9110, section 14), and checks the whole. What came before a connection broke stays for
 * the next call.
 * @throws ThingError `unavailable` if it is not whole, `invalid` if it is not what it should be (it is removed then), `aborted`.
 */
export async function download(asked: Download): Promise<void> {
  const { file, size, sha256, signal } = asked;
  const there = await sizeOf(file);
  if (there > size) await rm(file);
  if (there < size || there > size) await fetchFrom(asked, there > size ? 0 : there);
  const digest = await digestOf(file, signal);
  if (digest === sha256) return;
  await rm(file, { force: true });
  throw new ThingError('invalid', `The image is not what it should be: its digest is ${digest}`);
}

async function fetchFrom({ url, token, file, size, signal, progress }: Download, start: number): Promise<void> {
  const response = await asking(
    fetch(url, { headers: { Authorization: `Bearer ${token}`, Range: `bytes=${start}-` }, redirect: 'error', signal }),
    signal,
  );
  const isWhole = response.status === 200;
  const isRest = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${start}-`);
  if (!response.body || !(isWhole || isRest)) {
    await response.body?.cancel();
    throw new ThingError('unavailable', `The image could not be had: HTTP ${response.status}`);
  }
  let bytes = isWhole ? 0 : start;
  const reader = response.body.getReader();
  const counted = async function* () {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.length;
      if (bytes > size) throw new ThingError('invalid', `The image has more than its ${size} bytes`);
      yield part.value;
      progress(bytes);
    }
  };
  const target = createWriteStream(file, { flags: isWhole ? 'w' : 'a', flush: true });
  // However it ends: the server sends no more then, and nobody waits for it. What failed is told by the pipeline.
  target.once('close', () => void reader.cancel().catch(() => undefined));
  await asking(pipeline(counted(), target, { signal }), signal);
  if (bytes < size) throw new ThingError('unavailable', `The image broke off after ${bytes} of ${size} bytes`);
}

/** Says what a failure means: to stop, or to try again. */
async function asking<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    if (cause instanceof ThingError) throw cause;
    if (signal.aborted) throw new ThingError('aborted', 'It was to stop', { cause });
    throw new ThingError('unavailable', 'The image could not be had: the connection broke', { cause });
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}

async function digestOf(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await asking(pipeline(createReadStream(file), hash, { signal }), signal);
  return hash.digest('hex');
}
