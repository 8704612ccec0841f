import type { ConfigureOptions } from './commands/configure.js';
import type { ProvisionOptions } from './commands/provision.js';
import type { RotateOptions } from './commands/rotate.js';
import type { ThingCommandOptions } from './target.js';
import { type Commands, onThing, toCount, toSeconds } from './thing-command.js';

/** Declares the commands about devices: `provision`, `configure`, `rotate`, `forget-host-key`, `remove`. */
export function addDevices({ program, terminal, report }: Commands): void {
  onThing(program, 'provision <kind> [name]', 'Makes a device known and prints its token, this once.', [
    'thingwright provision telemetry ems_002 --title "Battery in the barn"',
    'thingwright provision telemetry --json',
    'thingwright provision openwrt ap --host 192.168.1.1 --model "Model X" --key-file ap.key',
  ])
    .option('--title <title>', 'for people')
    .option('--id <uuid>', 'the UUIDv4 of a device that has one already (default: a new one)')
    .option('--organization <organization>', 'that it belongs to (default: default)')
    .option('--dialect <dialect>', 'telemetry: what it speaks, if that shall not be recognised')
    .option('--group <group>', 'upgradable, openwrt: what campaigns choose it by')
    .option('--location <location>', 'upgradable, openwrt: where it is')
    .option('--host <host>', 'openwrt: its name or IP address')
    .option('--port <port>', 'openwrt: of its SSH server (default: 22)', toCount)
    .option('--user <user>', 'openwrt: who logs in (default: root)')
    .option('--model <model>', 'openwrt: its board, by which images fit it')
    .option('--key-file <file>', 'openwrt: the private key to log in with (default: a password)')
    .option('--password-file <file>', 'openwrt: the password is in this file (default: it is asked for)')
    .action(async (kind: string, name: string | undefined, options: ProvisionOptions) => {
      const { provision } = await import('./commands/provision.js');
      report(await provision({ kind, name, options }, terminal));
    });

  onThing(program, 'configure <name>', 'Changes settings of a device, and what is shown to it.', [
    'thingwright configure ap --host 192.168.1.2',
    'thingwright configure ap --user admin --password --forget-host-key',
    "thingwright configure ap --group '' --location attic",
  ])
    .option('--dialect <dialect>', 'telemetry: what it speaks')
    .option('--group <group>', "upgradable, openwrt: what campaigns choose it by ('': none)")
    .option('--location <location>', "upgradable, openwrt: where it is ('': nowhere)")
    .option('--host <host>', 'openwrt: its name or IP address')
    .option('--port <port>', 'openwrt: of its SSH server', toCount)
    .option('--user <user>', 'openwrt: who logs in')
    .option('--model <model>', 'openwrt: its board, by which images fit it')
    .option('--key-file <file>', 'openwrt: the private key to log in with from now on')
    .option('--password-file <file>', 'openwrt: the password from now on is in this file')
    .option('--password', 'openwrt: asks for the password from now on')
    .option('--forget-host-key', 'openwrt: takes whatever SSH host key it shows next')
    .action(async (name: string, options: ConfigureOptions) => {
      const { configure } = await import('./commands/configure.js');
      report(await configure(name, options, terminal));
    });

  onThing(program, 'rotate <name>', 'Gives a device a new token and prints it, this once.', [
    'thingwright rotate ems_002',
    'thingwright rotate ems_002 --overlap 3600',
  ])
    .option('--overlap <seconds>', 'how long the old token goes on', toSeconds, 0)
    .action(async (name: string, options: RotateOptions) => {
      const { rotate } = await import('./commands/rotate.js');
      report(await rotate(name, options, terminal));
    });

  onThing(program, 'forget-host-key <name>', 'Takes whatever SSH host key an OpenWrt device shows next.', [
    'thingwright forget-host-key ap',
  ]).action(async (name: string, options: ThingCommandOptions) => {
    const { forgetHostKey } = await import('./commands/forget-host-key.js');
    report(await forgetHostKey(name, options, terminal));
  });

  onThing(program, 'remove <name>', 'Removes a device with its Thing and its tokens.', [
    'thingwright remove ems_002',
  ]).action(async (name: string, options: ThingCommandOptions) => {
    const { remove } = await import('./commands/remove.js');
    report(await remove(name, options, terminal));
  });
}
