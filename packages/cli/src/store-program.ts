import type { BackupCommandOptions } from './commands/backup.js';
import type { StoreOptions } from './store-place.js';
import { type Commands, examples } from './thing-command.js';

const WHERE =
  '\n\nA store in PostgreSQL is named by THINGWRIGHT_DATABASE_URL: a command line is there for everybody on the machine to read.';

/** Declares the commands that work on the store of a gateway. */
export function addStoreCommands({ program, terminal, report }: Commands): void {
  program
    .command('backup')
    .argument('<file>', 'is made; there must be none of that name')
    .description('Backs up all that a gateway remembers, while it runs or not.')
    .option('--data <folder>', 'the data folder of the gateway (default: ./data)')
    .option('--config <file>', 'its settings')
    .option('--without-secret', 'without the key of all tokens, the admin token and the key of the certificate')
    .option('--json', 'one JSON object: what is in it')
    .addHelpText(
      'after',
      `${examples('thingwright backup gateway.backup', 'thingwright backup /mnt/backups/lab.backup --data /var/lib/thingwright')}${WHERE}`,
    )
    .action(async (file: string, options: BackupCommandOptions) => {
      const { backup } = await import('./commands/backup.js');
      report(await backup(file, options, terminal));
    });

  program
    .command('restore')
    .argument('<file>', 'what backup has made')
    .description('Restores a backup into an empty data folder (or an empty PostgreSQL and an empty folder).')
    .option('--data <folder>', 'made if there is none (default: ./data)')
    .option('--config <file>', 'the settings of the gateway')
    .option('--json', 'one JSON object: what was restored')
    .addHelpText('after', `${examples('thingwright restore gateway.backup --data ./data')}${WHERE}`)
    .action(async (file: string, options: StoreOptions) => {
      const { restore } = await import('./commands/restore.js');
      report(await restore(file, options, terminal));
    });
}
