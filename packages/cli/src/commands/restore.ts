import { ThingError } from '@thingwright/core';
import { restoreBackup } from '@thingwright/store';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { SECRET_FILES, type StoreOptions, storePlaceOf } from '../store-place.js';
import { storeProgress } from '../store-progress.js';
import type { Terminal } from '../terminal.js';

/** Restores a backup to where a gateway will look for its store. */
export async function restore(file: string, options: StoreOptions, terminal: Terminal): Promise<ExitStatus> {
  const place = await storePlaceOf(options, terminal.environment);
  using work = storeProgress(terminal);
  const { signal, progress } = work;
  try {
    const summary = await restoreBackup(file, { ...place, secrets: SECRET_FILES, signal, progress });
    work.end();
    const { release, time, tables, files } = summary;
    const rows = Object.values(tables).reduce((sum, count) => sum + count, 0);
    if (options.json) terminal.print(JSON.stringify({ file, data: place.data, ...summary }));
    else terminal.print(`${place.data}: ${rows} rows and ${files} files of ${time}, release ${release}`);
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof ThingError && error.code === 'conflict')) throw error;
    terminal.tell(`thingwright: ${error.detail}`);
    return EXIT.inUse;
  }
}
