import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupLine } from './backup-format.js';
import type { BackupRow } from './backup-tables.js';
import type { Engine } from './engine/engine.js';
import { FILES_FOLDER, pathOfContent } from './files-on-disk.js';
import type { Tables } from './tables.js';

const PAGE = 100;
/** Bytes of a line. */
const PIECE = 192 * 1024;

/** The contents of the files of a store, as lines of a backup; they may be removed while it is made. */
export class BackupFiles {
  /** Contents that are in the backup. */
  whole = 0;
  /** SHA-256 of those that were gone, or damaged. */
  readonly left = new Set<string>();
  /** The ids of files with such a content, and of their images. */
  readonly #gone = new Set<unknown>();
  readonly #db: Engine['db'];
  readonly #root: string;
  readonly #there: boolean;

  /** `there`: whether the schema has files at all. */
  constructor(db: Engine['db'], { data, there }: { readonly data: string; readonly there: boolean }) {
    this.#db = db;
    this.#root = join(data, FILES_FOLDER);
    this.#there = there;
  }

  /** Bytes of all files; one content counts as often as it is named. */
  async size(): Promise<number> {
    if (!this.#there) return 0;
    const { sum } = await this.#db
      .selectFrom('files')
      .select((e) => e.fn.sum<number | null>('size').as('sum'))
      .executeTakeFirstOrThrow();
    return sum ?? 0;
  }

  /** Whether a row is in the backup: neither a file whose content is not, nor what belongs to one; files come before that. */
  keeps(table: keyof Tables, row: BackupRow): boolean {
    if (table === 'results') return !this.#gone.has(row.file);
    if (table === 'device_firmware') return !this.#gone.has(row.image);
    if (table === 'firmware_images') {
      if (!this.#gone.has(row.content)) return true;
      this.#gone.add(row.id);
      return false;
    }
    if (table !== 'files' || !this.left.has(String(row.sha256))) return true;
    this.#gone.add(row.id);
    return false;
  }

  async *lines(advance: (bytes: number) => void): AsyncGenerator<BackupLine> {
    for await (const { sha256, size, times } of this.#contents()) {
      const whole = yield* this.#linesOf(sha256, size);
      if (whole) this.whole++;
      else this.left.add(sha256);
      advance(size * times);
    }
  }

  async *#contents(): AsyncGenerator<{ readonly sha256: string; readonly size: number; readonly times: number }> {
    for (let after = ''; this.#there; ) {
      const rows = await this.#db
        .selectFrom('files')
        .select((e) => ['sha256', e.fn.max<number>('size').as('size'), e.fn.countAll<number>().as('times')])
        .where('sha256', '>', after)
        .groupBy('sha256')
        .orderBy('sha256')
        .limit(PAGE)
        .execute();
      yield* rows;
      if (rows.length < PAGE) return;
      after = rows.at(-1)?.sha256 ?? '';
    }
  }

  /** Gives whether it is all there. */
  async *#linesOf(sha256: string, size: number): AsyncGenerator<BackupLine, boolean> {
    let file: FileHandle;
    try {
      file = await open(pathOfContent(this.#root, sha256), 'r');
    } catch {
      return false;
    }
    try {
      const hash = createHash('sha256');
      const buffer = Buffer.allocUnsafe(PIECE);
      yield { file: sha256, size };
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, PIECE, null);
        if (bytesRead === 0) break;
        const piece = buffer.subarray(0, bytesRead);
        hash.update(piece);
        yield { bytes: piece.toString('base64') };
      }
      const whole = hash.digest('hex') === sha256;
      yield { close: whole };
      return whole;
    } finally {
      await file.close();
    }
  }
}
