/** Says that it begins, and restores a backup. */
import { restoreBackup } from '../src/index.js';

const [, , path = '', data = '', database] = process.argv;
let begun = false;
await restoreBackup(path, {
  data,
  database,
  secrets: ['secret', 'admin-token'],
  progress(fraction) {
    if (begun || fraction <= 0.5) return;
    begun = true;
    process.stdout.write('begins\n');
  },
});
