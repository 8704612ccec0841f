import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SimulatePrinterOptions } from './commands/simulate-printer.js';
import type { SimulateScannerOptions } from './commands/simulate-scanner.js';
import type { SimulateTelemetryOptions } from './commands/simulate-telemetry.js';
import type { SimulateUpgradableOptions } from './commands/simulate-upgradable.js';
import { type Commands, examples, toPeriod } from './thing-command.js';

const TOKEN_NOTE =
  '\n\nThe token comes by the variable only: a command line is there for everybody on the machine to read.';

/** Declares the simulators: one for each kind of device. */
export function addSimulators(commands: Commands): void {
  const parent = commands.program
    .command('simulate')
    .description('Runs a simulated device that dials in over its real wire, until ^C.')
    .helpCommand(false);
  addTelemetry(commands, parent);
  addScanner(commands, parent);
  addUpgradable(commands, parent);
  addPrinter(commands, parent);
}

const simulator = (parent: Command, kind: string, description: string): Command =>
  parent
    .command(kind)
    .description(description)
    .option('--url <url>', 'the gateway (default: THINGWRIGHT_URL, else http://127.0.0.1:8080)')
    .option('--until-input-closes', 'ends when its standard input does');

function addTelemetry({ terminal, report }: Commands, parent: Command): void {
  simulator(parent, 'telemetry', 'A battery that sends samples.')
    .requiredOption('--name <name>', 'the name that it was provisioned with')
    .option('--period <seconds>', 'time between two frames', toPeriod, 1)
    .option('--dialect <dialect>', 'what it speaks (default: ci-2026-01)')
    .addHelpText(
      'after',
      `${examples('THINGWRIGHT_DEVICE_TOKEN=… thingwright simulate telemetry --name ems_002')}${TOKEN_NOTE}`,
    )
    .action(async (options: SimulateTelemetryOptions) => {
      const { simulate } = await import('./commands/simulate-telemetry.js');
      report(await simulate(options, terminal));
    });
}

const SCANNER_NOTE =
  '\n\nFaults: none, raise, noProgram, mute, drop, dropInFile, block, corruptFile, shortFile, longFile, emptyFile,\n' +
  'negativeSize, badName, foreignTask, strayBytes. A real device speaks TLS only; this one also speaks without, for tests\n' +
  'on one machine.';

function addScanner({ terminal, report }: Commands, parent: Command): void {
  simulator(parent, 'scanner', 'An MRI scanner that scans when it is told to, and delivers a file.')
    .requiredOption('--id <uuid>', 'the id that it was provisioned with')
    .addOption(new Option('--generation <number>', 'which client it is').choices(['1', '2']).default('2'))
    .option('--ca <file>', "certificates to trust besides the system's, PEM; a self-signed one itself will do")
    .option('--insecure', 'takes any certificate')
    .option('--duration <seconds>', 'of a scan', toPeriod, 10)
    .option('--size <bytes>', 'of the file data.mrd that a scan delivers', toSize, 2_467_920)
    .option('--file <file...>', 'delivers these in its place')
    .option('--fault <fault...>', 'what goes wrong: in the first scan, in the second, …')
    .option('--obey-cancel', 'stops when it is told to, as no device of today does (generation 2)')
    .option('--end-when-lost', 'ends when its connection does, for whoever starts it again')
    .addHelpText(
      'after',
      examples(
        'THINGWRIGHT_DEVICE_TOKEN=… thingwright simulate scanner --id 8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33',
        'THINGWRIGHT_DEVICE_TOKEN=… thingwright simulate scanner --id … --url https://127.0.0.1:8443 --ca data/tls-cert.pem',
        'THINGWRIGHT_DEVICE_TOKEN=… thingwright simulate scanner --id … --generation 1 --fault none dropInFile',
      ) +
        SCANNER_NOTE +
        TOKEN_NOTE,
    )
    .action(async (options: SimulateScannerOptions) => {
      const { simulate } = await import('./commands/simulate-scanner.js');
      report(await simulate(options, terminal));
    });
}

function addUpgradable({ terminal, report }: Commands, parent: Command): void {
  simulator(parent, 'upgradable', 'A device whose firmware is upgraded: it pulls images, installs them and reboots.')
    .requiredOption('--name <name>', 'the name that it was provisioned with')
    .option('--folder <folder>', 'what it keeps images and its firmware in (default: gone with it)')
    .option('--firmware <version>', 'what it runs at first', '1.0')
    .option('--model <model>', 'what it says that it is', 'Simulated router')
    .option('--os <identifier>', 'what it says that it runs')
    .option('--install <seconds>', 'that installing takes', toPeriod, 2)
    .option('--boot <seconds>', 'that booting takes', toPeriod, 3)
    .option('--fault <fault...>', 'what goes wrong: in the first upgrade, in the second, …')
    .addHelpText(
      'after',
      `${examples(
        'THINGWRIGHT_DEVICE_TOKEN=… thingwright simulate upgradable --name router_001',
        'THINGWRIGHT_DEVICE_TOKEN=… thingwright simulate upgradable --name router_001 --fault rollback',
      )}\n\nFaults: none, install, rollback, lost.${TOKEN_NOTE}`,
    )
    .action(async (options: SimulateUpgradableOptions) => {
      const { simulate } = await import('./commands/simulate-upgradable.js');
      report(await simulate(options, terminal));
    });
}

function addPrinter({ terminal, report }: Commands, parent: Command): void {
  parent
    .command('printer')
    .description('A printer that announces itself on the network, is managed and prints.')
    .option('--folder <folder>', 'what it keeps who it is in (default: gone with it)')
    .option('--address <address>', 'of this machine, its own', '127.0.0.1')
    .option('--discovery-port <number>', 'UDP (default: 1901, as clients want it)', toPort)
    .option('--manager-port <number>', 'TCP (default: 1901, as clients want it)', toPort)
    .option('--robot-port <number>', 'TCP (default: 23811, as clients want it)', toPort)
    .addOption(new Option('--protocol <number>', 'of discovery').choices(['1', '2']).default('1'))
    .addOption(new Option('--identity <kind>', 'at its first start').choices([...IDENTITIES]).default('rescue'))
    .option('--name <name>', 'at its first start', 'Simulated printer')
    .option('--print-time <seconds>', 'of a print', toPeriod, 60)
    .option('--no-announce', 'found only by who asks at its address')
    .option('--fault <fault...>', 'what goes wrong')
    .option('--until-input-closes', 'ends when its standard input does')
    .addHelpText(
      'after',
      `${examples(
        'thingwright simulate printer',
        'thingwright simulate printer --address 127.0.0.2 --protocol 2 --folder ./bob --name Bob',
      )}\n\nIts password is that of THINGWRIGHT_PRINTER_PASSWORD (default: flux).`,
    )
    .action(async (options: SimulatePrinterOptions) => {
      const { simulate } = await import('./commands/simulate-printer.js');
      report(await simulate(options, terminal));
    });
}

/** Who a simulated printer says that it is; its simulator has them too, and is loaded only to run one. */
const IDENTITIES = ['rescue', 'development', 'signed'] as const;

function toPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError('a port from 0 to 65535 is needed');
}

/** Bytes; the file is made in memory. */
const LARGEST = 2_147_483_648;

function toSize(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= LARGEST) return Number(text);
  throw new InvalidArgumentError(`a count of bytes is needed, at most ${LARGEST}`);
}
