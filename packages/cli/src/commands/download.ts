import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { consume } from '@thingwright/client';
import { ThingError } from '@thingwright/core';
import { Scanner } from '@thingwright/scanner';
import { consumptionOf } from '../consumed.js';
import { downloadFile, type RemoteFile } from '../download-file.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { storeProgress } from '../store-progress.js';
import { type Target, type ThingCommandOptions, targetOf } from '../target.js';
import type { Terminal } from '../terminal.js';
import { usageError } from '../usage-error.js';

/** Options of `download`. */
export interface DownloadCommandOptions extends ThingCommandOptions {
  /** A file that is made, or a folder that is there. */
  readonly output?: string;
}

/** What is to be downloaded. */
export interface Downloading {
  readonly thing: string;
  /** Absent: the newest. */
  readonly resultID: string | undefined;
  readonly options: DownloadCommandOptions;
}

/** Results that are asked for at once. */
const PAGE = 200;

/** Downloads the files of a result; ^C keeps what has come for the next time. */
export async function download({ thing, resultID, options }: Downloading, terminal: Terminal): Promise<ExitStatus> {
  const target = await targetOf(thing, options, terminal.environment);
  const { resultId, files } = await findResult(target, resultID);
  const { output = '.', json } = options;
  const isFolder = (await found(output))?.isDirectory() ?? false;
  if (!isFolder && files.length > 1) throw usageError(`--output: ${files.length} files need a folder`);
  for (const { name, size, sha256, href } of files) {
    const path = isFolder ? join(output, basename(name)) : output;
    await get({ url: addressOf(href, target), token: target.token, size, sha256 }, path, terminal);
    terminal.print(json ? JSON.stringify({ path, size, sha256, resultId }) : `${path}: ${size} bytes`);
  }
  return EXIT.done;
}

/** The result with that id, else the newest. */
async function findResult(target: Target, resultID: string | undefined) {
  await using consumed = await consume(Scanner, target.url, consumptionOf(target));
  for (let before: string | undefined; ; ) {
    const limit = resultID === undefined ? 1 : PAGE;
    const page = await consumed.actions.listResults({ limit, ...(before === undefined ? {} : { before }) }).output;
    const wanted = page.find(({ resultId }) => resultID === undefined || resultId === resultID);
    if (wanted) return wanted;
    before = page.at(-1)?.resultId;
    if (page.length === PAGE) continue;
    const what = resultID === undefined ? 'no result yet' : `no result '${resultID}'`;
    throw new ThingError('notFound', `'${consumed.td.title}' has ${what}`);
  }
}

/** Where a file is. The token is for nobody but who lists it. */
function addressOf(href: string, { url }: Target): string {
  const address = new URL(href, url);
  if (address.origin === new URL(url).origin) return address.href;
  throw new ThingError('protocol', `${address.href} is not on ${new URL(url).origin}`);
}

/** Downloads a file, unless it is there. */
async function get(remote: RemoteFile, path: string, terminal: Terminal): Promise<void> {
  const { size, sha256 } = remote;
  const there = await found(path);
  if (there) {
    if (there.isFile() && there.size === size && (await digestOf(path)) === sha256) return;
    throw new ThingError('conflict', `${path} is there, and is another file; --output says where to put this one`);
  }
  using work = storeProgress(terminal);
  try {
    await downloadFile(remote, path, { signal: work.signal, progress: (bytes) => work.progress(bytes / size) });
  } catch (error) {
    if (!work.signal.aborted) throw error;
    throw new ThingError('aborted', `${path} is not whole; the same command goes on with it`);
  }
}

const found = (path: string) => stat(path).catch(() => undefined);

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
