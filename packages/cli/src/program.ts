import { Command } from 'commander';
import { addAdministration } from './administration-program.js';
import { addCampaigns } from './campaign-program.js';
import type { AdoptOptions } from './commands/adopt.js';
import type { DownloadCommandOptions } from './commands/download.js';
import type { FollowOptions } from './commands/follow.js';
import { addDevices } from './device-program.js';
import { addDiscovery } from './discovery-program.js';
import { addSimulators } from './simulator-program.js';
import { addStoreCommands } from './store-program.js';
import type { ThingCommandOptions } from './target.js';
import type { Terminal } from './terminal.js';
import { type Commands, examples, onThing, toCount, toPeriod } from './thing-command.js';
import { VERSION } from './version.js';

/** Declares every command. What one does is imported when it is run, so that `--help` is quick. */
export function createProgram(terminal: Terminal, report: Commands['report']): Command {
  const program = new Command('thingwright')
    .description('Serves W3C Web of Things Things, and reads, writes, observes and invokes them.')
    .version(VERSION)
    .helpCommand(false)
    .addHelpText('after', '\nEvery command has its own help, with examples: thingwright observe --help');
  const commands = { program, terminal, report };
  addServe(commands);
  addReaders(commands);
  addDoers(commands);
  addDownload(commands);
  addDevices(commands);
  addSimulators(commands);
  addForeignThings(commands);
  addDiscovery(commands);
  addCampaigns(commands);
  addAdministration(commands);
  addStoreCommands(commands);
  return program;
}

function addServe({ program, terminal, report }: Commands): void {
  program
    .command('serve')
    .description('Runs a gateway: devices dial in, Things are served.')
    .option('--port <number>', 'where to listen, 0 picks a free one (default: 8080)')
    .option('--host <address>', 'on which address (default: 127.0.0.1)')
    .option('--tls-port <number>', 'a TLS door beside the plain one')
    .option('--tls-cert <file>', 'its certificate chain, PEM')
    .option('--tls-key <file>', 'its key, PEM; both are read again when they change')
    .option('--tls <how>', 'self-signed: the gateway makes a certificate, for the lab (--tls-port default: 8443)')
    .option('--hsts <seconds>', 'browsers that came by TLS shall come by TLS only, for so long')
    .option('--max-connections <number>', 'open at once, of each door (default: 10000)')
    .option('--max-connections-per-address <number>', 'not for this machine and trusted proxies (default: 1000)')
    .option('--data <folder>', 'what the gateway must remember (default: ./data)')
    .option('--demo', 'with one simulated device of each kind')
    .option('--config <file>', 'settings as one JSON object, such as {"port": 8080}')
    .option('--public-url <url>', 'where clients reach it, behind a proxy')
    .option('--allow-origin <origin...>', 'other origins whose pages may connect; * lets all in')
    .option('--trusted-proxies <network...>', 'proxies whose X-Forwarded headers are believed')
    .option('--adopt <adopter...>', 'adopt Things over more protocols: node-wot (CoAP, Modbus, more of HTTP)')
    .option('--allow-private-addresses <network...>', 'where adopted Things and OpenWrt devices may be, too')
    .option('--discovery <what...>', 'look for devices on the network: dns-sd, printers (default: for none)')
    .option('--discovery-interfaces <address...>', 'DNS-SD: of this machine (default: all but loopback)')
    .option('--discovery-urls <url...>', 'servers that are looked at for Things from the start')
    .option('--discovery-adopt', 'what is found becomes a Thing at once (default: when somebody adopts it)')
    .option('--announce', 'the gateway announces itself by DNS-SD')
    .option('--printer-addresses <address...>', 'where printers are asked besides, out of reach of their announcements')
    .option('--printer-root <file>', 'the public key that printers are signed with, PEM (default: none is verified)')
    .option('--jwt-issuer <url>', 'an OpenID Connect provider whose JSON Web Tokens let people in')
    .option('--jwt-audience <text>', 'for whom those tokens have to be')
    .option('--jwks-uri <url>', 'where its keys are (default: what its discovery document says)')
    .option('--jwt-grants-claim <name>', 'the claim that holds grants, such as "viewer@lab" (default: none)')
    .option('--journal-count <number>', 'notifications kept for readers that come back, each Thing (default: 10000)')
    .option('--journal-age <seconds>', 'and for how long (default: 86400)')
    .option(
      '--files-quota <bytes>',
      'what the files of each organization may amount to, such as 50GB (default: the disk)',
    )
    .option('--exam-manager <url>', 'of ScanHub, where scans by its REST calls find their sequences (default: none)')
    .option('--upgrade-concurrency <number>', 'firmware upgrades that are worked on at once (default: 50)')
    .option('--max-image-size <bytes>', 'of a firmware image, such as 64MB (default: 30 MiB)')
    .option('--hardware <file>', 'what images are made for, JSON: [{"key", "label", "boards": […]}] (default: none)')
    .option(
      '--image-key <id=file...>',
      'an Ed25519 public key, PEM: only images signed with one are taken (default: none)',
    )
    .option('--history-days <number>', 'how long every value of a property is kept (default: 30)')
    .option('--history-means-days <number>', 'how long the means of minutes are (default: 365)')
    .option('--audit-days <number>', 'how long it is kept who did what (default: 365)')
    .option('--webthings-links', "Thing Descriptions carry the links that WebThings' clients look for")
    .option('--strict', 'conformance runs: no extension members, no leniency')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent (default: info)')
    .addHelpText(
      'after',
      examples(
        'thingwright serve --port 8080 --data ./data',
        'thingwright serve --demo',
        'thingwright serve --adopt node-wot --allow-private-addresses 192.168.1.0/24',
        'THINGWRIGHT_PORT=0 thingwright serve',
      ) +
        '\n\nEvery option is also a variable: --tls-port is THINGWRIGHT_TLS_PORT. The secrets are variables only:\n' +
        'THINGWRIGHT_ADMIN_TOKEN and THINGWRIGHT_SECRET, else made and kept in the data folder.',
    )
    .action(async (options: Readonly<Record<string, unknown>>) => {
      const { serve } = await import('./commands/serve.js');
      report(await serve(options, terminal));
    });
}

function addReaders({ program, terminal, report }: Commands): void {
  onThing(program, 'things', 'Lists the Things that you may see.', ['thingwright things']).action(
    async (options: ThingCommandOptions) => {
      const { things } = await import('./commands/things.js');
      report(await things(options, terminal));
    },
  );

  onThing(program, 'td <thing>', 'Prints the Thing Description of a Thing.', [
    'thingwright td ems_001',
    'thingwright td http://127.0.0.1:8080/.well-known/wot',
  ]).action(async (thing: string, options: ThingCommandOptions) => {
    const { td } = await import('./commands/td.js');
    report(await td(thing, options, terminal));
  });

  onThing(program, 'read <thing> [property...]', 'Reads properties; all of them if none is named.', [
    'thingwright read ems_001 batterySoc',
    'thingwright read ems_001 --json',
  ]).action(async (thing: string, properties: readonly string[], options: ThingCommandOptions) => {
    const { read } = await import('./commands/read.js');
    report(await read({ thing, properties, options }, terminal));
  });

  onThing(program, 'observe <thing> [property...]', 'Prints properties as they change, until ^C.', [
    'thingwright observe ems_001 batterySoc',
    'thingwright observe ems_001 --json --count 5',
  ])
    .option('--count <number>', 'ends after so many values', toCount)
    .addHelpText('after', '\nThe present value comes first; with --json its id is null, since it is no notification.')
    .action(async (thing: string, properties: readonly string[], options: FollowOptions) => {
      const { observe } = await import('./commands/observe.js');
      report(await observe({ thing, properties, options }, terminal));
    });

  onThing(program, 'events <thing> [event...]', 'Prints events as they happen, until ^C.', [
    'thingwright events ems_001',
    'thingwright events gateway deviceAdded',
  ])
    .option('--count <number>', 'ends after so many events', toCount)
    .action(async (thing: string, events: readonly string[], options: FollowOptions) => {
      const { events: follow } = await import('./commands/events.js');
      report(await follow({ thing, events, options }, terminal));
    });
}

const VALUE_NOTE = '\nA value is JSON; words that are not are taken as a text.';

function addDoers({ program, terminal, report }: Commands): void {
  onThing(program, 'write <thing> <property> <value>', 'Writes a property.', [
    'thingwright write ems_001 lowBatteryThreshold 20',
  ])
    .addHelpText('after', VALUE_NOTE)
    .action(async (thing: string, property: string, value: string, options: ThingCommandOptions) => {
      const { write } = await import('./commands/write.js');
      report(await write({ thing, property, value, options }, terminal));
    });

  onThing(program, 'invoke <thing> <action> [input]', 'Invokes an action and follows it to its end; ^C cancels it.', [
    `thingwright invoke ems_001 setMode '{"targetMode": "MANUAL"}'`,
    'thingwright invoke ems_001 resetError',
  ])
    .addHelpText('after', VALUE_NOTE)
    .action(async (thing: string, action: string, input: string | undefined, options: ThingCommandOptions) => {
      const { invoke } = await import('./commands/invoke.js');
      report(await invoke({ thing, action, input, options }, terminal));
    });
}

function addDownload({ program, terminal, report }: Commands): void {
  onThing(program, 'download <thing> [result]', 'Downloads the files of a result; of the newest if none is named.', [
    'thingwright download mri_001',
    'thingwright download mri_001 01890a5d-ac96-774b-bcce-b302099a8057 --output scan.mrd',
    'thingwright invoke mri_001 listResults',
  ])
    .option('--output <path>', 'a file to make, or a folder that is there (default: .)')
    .addHelpText(
      'after',
      '\nWhat broke off is gone on with by the same command. A file is there when its SHA-256 is right.',
    )
    .action(async (thing: string, resultID: string | undefined, options: DownloadCommandOptions) => {
      const { download } = await import('./commands/download.js');
      report(await download({ thing, resultID, options }, terminal));
    });
}

function addForeignThings({ program, terminal, report }: Commands): void {
  onThing(program, 'adopt <td>', 'Serves a foreign Thing as one of the gateway; <td> is a URL, a file or a key.', [
    'thingwright adopt http://192.168.1.20/td --name pump',
    'thingwright adopt oven.td.json --poll 5 --json',
    'thingwright adopt printer:0b4c3fcb-3a9e-4a3b-9d77-2f5d2d4f4d10 --name bob',
    'thingwright adopt https://lab.example/things/lamp --credentials lamp.credentials.json',
  ])
    .option('--name <name>', 'how it is called here (default: made of its title)')
    .option('--title <title>', 'for people (default: that of its TD)')
    .option('--organization <organization>', 'that it belongs to (default: default)')
    .option('--poll <seconds>', 'between two reads of what its protocol cannot push (default: 1)', toPeriod)
    .option('--credentials <file>', 'JSON: {"token"}, {"username", "password"} or {"apiKey"}; never shown again')
    .addHelpText(
      'after',
      '\nPrivate addresses are refused but for those of: thingwright serve --allow-private-addresses',
    )
    .action(async (td: string, options: AdoptOptions) => {
      const { adopt } = await import('./commands/adopt.js');
      report(await adopt(td, options, terminal));
    });

  onThing(program, 'release <name>', 'Lets go of an adopted Thing and forgets its credentials.', [
    'thingwright release pump',
  ]).action(async (name: string, options: ThingCommandOptions) => {
    const { release } = await import('./commands/release.js');
    report(await release(name, options, terminal));
  });
}
