import type { DiscoverOptions } from './commands/discover.js';
import type { AuthorizeOptions } from './commands/printer.js';
import type { ThingCommandOptions } from './target.js';
import { type Commands, onThing } from './thing-command.js';

/** Declares the commands about what is found: `discover`, and `printer`. */
export function addDiscovery(commands: Commands): void {
  const { program, terminal, report } = commands;
  onThing(program, 'discover [server]', 'Shows what the gateway finds as it comes and goes, or what a server has.', [
    'thingwright discover',
    'thingwright discover --json',
    'thingwright discover http://192.168.1.20',
  ])
    .option('--once', 'prints what is there now, and ends')
    .addHelpText(
      'after',
      '\nA gateway looks for what it is told to: thingwright serve --discovery dns-sd printers. thingwright adopt <KEY>\n' +
        'makes a Thing of something found. With --json each line is an event: appeared, changed, gone.',
    )
    .action(async (server: string | undefined, options: DiscoverOptions) => {
      const { discover } = await import('./commands/discover.js');
      report(await discover(server, options, terminal));
    });
  addPrinter(commands);
}

function addPrinter({ program, terminal, report }: Commands): void {
  const printer = program
    .command('printer')
    .description('Lets the gateway into a printer, sends it files, and prints them.')
    .helpCommand(false);

  onThing(printer, 'authorize <printer>', 'Has a printer trust the gateway from now on; asks for its password.', [
    'thingwright printer authorize printer_001',
  ])
    .option('--password-file <file>', 'the password is in this file (default: it is asked for)')
    .action(async (name: string, options: AuthorizeOptions) => {
      const { authorize } = await import('./commands/printer.js');
      report(await authorize(name, options, terminal));
    });

  onThing(printer, 'upload <printer> <file> [path]', 'Sends a file to the storage of a printer.', [
    'thingwright printer upload printer_001 part.fc',
    'thingwright printer upload printer_001 part.fc /SD/parts/part.fc',
  ]).action(async (name: string, file: string, path: string | undefined, options: ThingCommandOptions) => {
    const { upload } = await import('./commands/printer.js');
    report(await upload({ printer: name, file, path, options }, terminal));
  });

  onThing(printer, 'print <printer> <file>', 'Prints a file of here, or one that the printer has.', [
    'thingwright printer print printer_001 part.fc',
    'thingwright printer print printer_001 /SD/part.fc',
  ])
    .addHelpText(
      'after',
      '\nWhat else a printer does are actions of its Thing: thingwright invoke printer_001 pause, resume, abort, clearJob,\n' +
        'listFiles. thingwright observe printer_001 status progress follows it.',
    )
    .action(async (name: string, file: string, options: ThingCommandOptions) => {
      const { print } = await import('./commands/printer.js');
      report(await print({ printer: name, file, options }, terminal));
    });
}
