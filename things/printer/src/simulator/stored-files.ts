import type { FolderEntry } from '../wire/file-list.js';
import { STORAGES } from '../wire/robot-command.js';
import { RobotRefusal } from './robot-refusal.js';

/** The files of a simulated robot, in memory: they are gone when it ends. All that it refuses is a {@link RobotRefusal}. */
export interface StoredFiles {
  /** What a folder holds, by name. */
  list(storage: string, path: string): readonly FolderEntry[];
  read(storage: string, path: string): Buffer;
  /** Refuses a place that cannot be written, or what is too much for all of it. */
  checkPlace(storage: string, path: string, size: number): void;
  write(storage: string, path: string, content: Buffer): void;
  makeFolder(storage: string, path: string): void;
  removeFolder(storage: string, path: string): void;
  remove(storage: string, path: string): void;
}

const WRITABLE = 'SD';
/** Entries, and bytes of a name: as many as go into one frame when they are listed. */
const MOST_ENTRIES = 240;
const LONGEST_NAME = 255;

/** Makes a storage that holds so many bytes, with these files at first. */
export function createStoredFiles(capacity: number, first: Readonly<Record<string, Buffer>>): StoredFiles {
  const folders = new Set(['']);
  const files = new Map<string, Buffer>(Object.entries(first));
  let used = [...files.values()].reduce((sum, { length }) => sum + length, 0);

  const checkParent = (path: string): void => {
    if (!folders.has(parentOf(path))) throw new RobotRefusal('NOT_EXIST', 'BAD_NODE');
  };
  const checkNew = (path: string): void => {
    checkParent(path);
    if (files.size + folders.size >= MOST_ENTRIES) throw new RobotRefusal('TOO_LARGE');
    if (Buffer.byteLength(path.slice(parentOf(path).length)) > LONGEST_NAME) throw new RobotRefusal('BAD_PARAMS');
    if (path === '' || folders.has(path)) throw new RobotRefusal('NOT_EXIST', 'NOT_FILE');
  };
  const fileAt = (storage: string, path: string): Buffer => {
    const content = storage === WRITABLE ? files.get(clean(storage, path)) : missing(storage, path);
    if (!content) throw new RobotRefusal('NOT_EXIST', 'NOT_FILE');
    return content;
  };
  const remove = (storage: string, path: string): void => {
    const content = fileAt(writable(storage), path);
    files.delete(clean(storage, path));
    used -= content.length;
  };

  return {
    list(storage, path) {
      const folder = clean(storage, path);
      if (storage !== WRITABLE && folder === '') return [];
      if (storage !== WRITABLE || !folders.has(folder)) throw new RobotRefusal('NOT_EXIST', 'NOT_DIR');
      const inside = (name: string): boolean => name !== '' && parentOf(name) === folder;
      const entry = (name: string, isFolder: boolean) => ({ name: name.slice(name.lastIndexOf('/') + 1), isFolder });
      return [
        ...[...folders].filter(inside).map((name) => entry(name, true)),
        ...[...files.keys()].filter(inside).map((name) => entry(name, false)),
      ];
    },
    read: fileAt,
    checkPlace(storage, path, size) {
      const place = clean(writable(storage), path);
      checkNew(place);
      if (used - (files.get(place)?.length ?? 0) + size > capacity) throw new RobotRefusal('TOO_LARGE');
    },
    write(storage, path, content) {
      const place = clean(storage, path);
      used += content.length - (files.get(place)?.length ?? 0);
      files.set(place, content);
    },
    makeFolder(storage, path) {
      const place = clean(writable(storage), path);
      checkNew(place);
      if (files.has(place)) throw new RobotRefusal('NOT_EXIST', 'NOT_DIR');
      folders.add(place);
    },
    removeFolder(storage, path) {
      const place = clean(writable(storage), path);
      const isEmpty = ![...folders, ...files.keys()].some((name) => name !== '' && parentOf(name) === place);
      if (place === '' || !isEmpty || !folders.delete(place)) throw new RobotRefusal('NOT_EXIST', 'NOT_DIR');
    },
    remove,
  };
}

/** A path without slashes at its ends, in a storage that is known. */
function clean(storage: string, path: string): string {
  if (!STORAGES.some((known) => known === storage)) throw new RobotRefusal('NOT_EXIST', 'BAD_ENTRY');
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '..' || part === '.' || part.includes('\0'))) {
    throw new RobotRefusal('NOT_EXIST', 'SECURITY_ISSUE');
  }
  return parts.join('/');
}

function writable(storage: string): string {
  if (STORAGES.some((known) => known === storage) && storage !== WRITABLE) {
    throw new RobotRefusal('NOT_EXIST', 'SECURITY_ISSUE');
  }
  return storage;
}

function missing(storage: string, path: string): undefined {
  clean(storage, path);
  return undefined;
}

const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0));
