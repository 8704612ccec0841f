import { createHash } from 'node:crypto';
import { binaryText } from '../wire/device-answer.js';
import { encodeEntries } from '../wire/file-list.js';
import { mediaTypeOf } from '../wire/robot-command.js';
import type { RobotClient } from './robot-client.js';
import { RobotRefusal } from './robot-refusal.js';
import type { StoredFiles } from './stored-files.js';

/** Where a robot keeps files, and how large one may be. */
export interface RobotFiles {
  readonly files: StoredFiles;
  /** Bytes of one file. */
  readonly maxFile: number;
}

/** Does one of the commands that begin with `file` (reference, section 5.3). */
export async function fileCommand(
  [verb, ...args]: readonly string[],
  client: RobotClient,
  robot: RobotFiles,
): Promise<void> {
  if (verb === 'upload') return upload(args, client, robot);
  const { files } = robot;
  const [storage, path, toStorage, toPath] = args;
  if (storage === undefined || path === undefined) throw new RobotRefusal('BAD_PARAMS');
  switch (verb) {
    case 'ls':
      return list(client, encodeEntries(files.list(storage, path)));
    case 'info': {
      const { length } = files.read(storage, path);
      return client.answer(`ok size=${length}\0mimetype=${mediaTypeOf(path)}`);
    }
    case 'md5':
      return client.answer(`md5 ${createHash('md5').update(files.read(storage, path)).digest('hex')}`);
    case 'download':
      await sendBinary(client, mediaTypeOf(path), files.read(storage, path));
      break;
    case 'mkdir':
      files.makeFolder(storage, path);
      break;
    case 'rmdir':
      files.removeFolder(storage, path);
      break;
    case 'rm':
      files.remove(storage, path);
      break;
    case 'cp': {
      if (toStorage === undefined || toPath === undefined) throw new RobotRefusal('BAD_PARAMS');
      const content = files.read(storage, path);
      files.checkPlace(toStorage, toPath, content.length);
      files.write(toStorage, toPath, content);
      break;
    }
    default:
      throw new RobotRefusal('UNKNOWN_COMMAND');
  }
  await client.answer('ok');
}

/** Announces bytes and sends them. */
export async function sendBinary(client: RobotClient, mediaType: string, content: Buffer): Promise<void> {
  await client.answer(binaryText(mediaType, content.length));
  await client.send(content);
}

async function list(client: RobotClient, entries: string): Promise<void> {
  await client.answer('continue');
  await client.answer(entries);
  await client.answer('ok');
}

/** For the task buffer of the connection, where it is selected at once, or for the storage. What breaks off leaves nothing. */
async function upload(
  [mediaType, count = '', storage, path]: readonly string[],
  client: RobotClient,
  { files, maxFile }: RobotFiles,
): Promise<void> {
  const size = /^\d{1,15}$/.test(count) ? Number(count) : undefined;
  const isTask = storage === '#';
  if (mediaType === undefined || size === undefined || storage === undefined || (!isTask && path === undefined)) {
    throw new RobotRefusal('BAD_PARAMS');
  }
  if (size > maxFile) throw new RobotRefusal('TOO_LARGE');
  if (path !== undefined) files.checkPlace(storage, path, size);
  await client.answer('continue');
  const content = await received(client, size);
  if (path === undefined) client.selected = content;
  else files.write(storage, path, content);
  await client.answer('ok');
}

async function received({ incoming }: RobotClient, size: number): Promise<Buffer> {
  // As large as was announced at once: pieces may be as small as their sender likes.
  const content = Buffer.alloc(size);
  for (let at = 0; at < size; ) at += (await incoming.some(size - at)).copy(content, at);
  return content;
}
