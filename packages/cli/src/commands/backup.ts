import { writeBackup } from '@thingwright/store';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { SECRET_FILES, type StoreOptions, storePlaceOf } from '../store-place.js';
import { storeProgress } from '../store-progress.js';
import type { Terminal } from '../terminal.js';
import { VERSION } from '../version.js';

/** Options of `backup`. */
export interface BackupCommandOptions extends StoreOptions {
  /** False for `--without-secret`. */
  readonly withoutSecret?: boolean;
}

/** Backs up the store of a gateway into a new file. */
export async function backup(file: string, options: BackupCommandOptions, terminal: Terminal): Promise<ExitStatus> {
  const place = await storePlaceOf(options, terminal.environment);
  using work = storeProgress(terminal);
  const secrets = options.withoutSecret ? [] : SECRET_FILES;
  const { signal, progress } = work;
  const summary = await writeBackup(file, { ...place, secrets, release: VERSION, signal, progress });
  work.end();
  const { tables, files, size, left } = summary;
  const rows = Object.values(tables).reduce((sum, count) => sum + count, 0);
  if (options.json) terminal.print(JSON.stringify({ file, ...summary }));
  else terminal.print(`${file}: ${rows} rows, ${files} files, ${size} bytes`);
  for (const sha256 of left) terminal.tell(`left out, removed meanwhile or damaged: file ${sha256}`);
  if (!summary.secrets.includes('secret')) {
    terminal.tell('The secret is not in it: what is restored needs the same THINGWRIGHT_SECRET, or no token is known.');
  }
  return EXIT.done;
}
