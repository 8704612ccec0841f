import type { Command } from 'commander';
import type { GrantOptions } from './commands/grant.js';
import type { ListOptions, PrincipalChange } from './commands/principals.js';
import type { AddServiceOptions, RotateSecretOptions } from './commands/service.js';
import type { IssueOptions, RotateTokenOptions } from './commands/token.js';
import type { AddUserOptions, PasswordOptions } from './commands/user.js';
import type { ThingCommandOptions } from './target.js';
import { type Commands, onThing, toSeconds } from './thing-command.js';

const OF_ONE = 'only those of one';
const PASSWORD_FILE = 'holds the new password; else it is asked for, or read from the input';
const PASSWORD_NOTE =
  '\nA password is typed, or is a line of the input: a command line is there for everybody on the machine to read.';

/** Declares the commands by which users, services, roles, tokens and devices are administered. */
export function addAdministration(commands: Commands): void {
  addUsers(commands);
  addServices(commands);
  addGrants(commands);
  addTokens(commands);
  addDeviceLists(commands);
}

const group = ({ program }: Commands, name: string, description: string): Command =>
  program.command(name).description(description).helpCommand(false);

function addUsers(commands: Commands): void {
  const { terminal, report } = commands;
  const user = group(commands, 'user', 'Adds, lists and removes users, and sets their passwords.');

  onThing(user, 'add [name]', 'Adds a user.', [
    'thingwright user add ada --title "Ada L." --organization lab',
    'thingwright user add ada --password-file ada.password',
    'thingwright user add --subject 248289761001',
  ])
    .option('--title <title>', 'for people (default: the name)')
    .option('--organization <organization>', 'whose admins administer it (default: default)')
    .option('--subject <sub>', 'a user of the configured issuer of JSON Web Tokens, in place of a name')
    .option('--password-file <file>', PASSWORD_FILE)
    .option('--no-password', 'it comes in by tokens only')
    .addHelpText('after', PASSWORD_NOTE)
    .action(async (name: string | undefined, options: AddUserOptions) => {
      const { addUser } = await import('./commands/user.js');
      report(await addUser(name, options, terminal));
    });

  addListOf(commands, user, 'user');

  onThing(user, 'password [name]', 'Sets the password of a user; without a name your own.', [
    'thingwright user password ada',
    'THINGWRIGHT_TOKEN=… thingwright user password',
  ])
    .option('--password-file <file>', PASSWORD_FILE)
    .addHelpText('after', PASSWORD_NOTE)
    .action(async (name: string | undefined, options: PasswordOptions) => {
      const { setPassword } = await import('./commands/user.js');
      report(await setPassword(name, options, terminal));
    });

  addChangesOf(commands, user, 'user');
}

function addServices(commands: Commands): void {
  const { terminal, report } = commands;
  const service = group(commands, 'service', 'Adds, lists and removes services, and rotates their secrets.');

  onThing(service, 'add <name>', 'Adds a service and prints its secret, this once.', [
    'thingwright service add reports --organization lab',
    'thingwright service add reports --json',
  ])
    .option('--title <title>', 'for people (default: the name)')
    .option('--organization <organization>', 'whose admins administer it (default: default)')
    .action(async (name: string, options: AddServiceOptions) => {
      const { addService } = await import('./commands/service.js');
      report(await addService(name, options, terminal));
    });

  addListOf(commands, service, 'service');

  onThing(service, 'rotate <name>', 'Gives a service a new secret and prints it, this once.', [
    'thingwright service rotate reports --overlap 3600',
  ])
    .option('--overlap <seconds>', 'how long the old secret goes on', toSeconds, 0)
    .action(async (name: string, options: RotateSecretOptions) => {
      const { rotateSecret } = await import('./commands/service.js');
      report(await rotateSecret(name, options, terminal));
    });

  addChangesOf(commands, service, 'service');
}

function addListOf({ terminal, report }: Commands, parent: Command, kind: 'user' | 'service'): void {
  onThing(parent, 'list', `Lists the ${kind}s that you administer, and yourself.`, [
    `thingwright ${kind} list`,
    `thingwright ${kind} list --organization lab --json`,
  ])
    .option('--organization <organization>', OF_ONE)
    .action(async (options: ListOptions) => {
      const { listPrincipals } = await import('./commands/principals.js');
      report(await listPrincipals(kind, options, terminal));
    });
}

function addChangesOf({ terminal, report }: Commands, parent: Command, kind: 'user' | 'service'): void {
  const add = (name: string, action: PrincipalChange['action'], description: string): void => {
    onThing(parent, `${name} <name>`, description, [`thingwright ${kind} ${name} ada`]).action(
      async (who: string, options: ThingCommandOptions) => {
        const { changePrincipal } = await import('./commands/principals.js');
        report(await changePrincipal({ action, principal: `${kind}:${who}`, options }, terminal));
      },
    );
  };
  add('disable', 'disablePrincipal', `Shuts a ${kind} out; it keeps what it has, and its connections close.`);
  add('enable', 'enablePrincipal', `Lets a ${kind} in again.`);
  add('remove', 'removePrincipal', `Removes a ${kind} with its roles, tokens and sessions.`);
}

const WHO_NOTE = '\nA name alone is a user, ada is user:ada; a service is service:reports.';

function addGrants(commands: Commands): void {
  const { terminal, report } = commands;
  const grant = group(commands, 'grant', 'Gives roles, lists them and takes them back.');

  onThing(grant, 'add <name> <role>', 'Gives a role: viewer, operator, admin or superuser.', [
    'thingwright grant add ada operator --organization lab',
    'thingwright grant add service:reports viewer --thing ems_001 --affordance batterySoc',
  ])
    .option('--organization <organization>', 'where it counts (default: everywhere)')
    .option('--thing <name>', 'only for that Thing')
    .option('--affordance <name>', 'only for affordances of that name')
    .option('--operation <operation>', 'only for that operation, such as readproperty')
    .addHelpText('after', WHO_NOTE)
    .action(async (name: string, role: string, options: GrantOptions) => {
      const { addGrant } = await import('./commands/grant.js');
      report(await addGrant({ name, role, options }, terminal));
    });

  onThing(grant, 'list <name>', 'Lists the roles of a user or a service.', ['thingwright grant list ada'])
    .addHelpText('after', WHO_NOTE)
    .action(async (name: string, options: ThingCommandOptions) => {
      const { listGrants } = await import('./commands/grant.js');
      report(await listGrants(name, options, terminal));
    });

  onThing(grant, 'remove <name> <grant>', 'Takes a role back, by the id that list and add print.', [
    'thingwright grant remove ada 01890a5d-ac96-774b-bcce-b302099a8057',
  ])
    .addHelpText('after', WHO_NOTE)
    .action(async (name: string, id: string, options: ThingCommandOptions) => {
      const { removeGrant } = await import('./commands/grant.js');
      report(await removeGrant({ name, grant: id, options }, terminal));
    });
}

function addTokens(commands: Commands): void {
  const { terminal, report } = commands;
  const token = group(commands, 'token', 'Issues, lists, rotates and revokes tokens of users and services.');

  onThing(token, 'issue [name]', 'Issues a token and prints it, this once; without a name for yourself.', [
    'thingwright token issue ada --label laptop --expires 2592000',
    'THINGWRIGHT_TOKEN=… thingwright token issue --label laptop',
  ])
    .option('--label <label>', 'what it is for')
    .option('--expires <seconds>', 'after which it ends (default: never)', toSeconds)
    .addHelpText('after', WHO_NOTE)
    .action(async (name: string | undefined, options: IssueOptions) => {
      const { issueToken } = await import('./commands/token.js');
      report(await issueToken(name, options, terminal));
    });

  onThing(token, 'list [name]', 'Lists tokens, secrets and access tokens; without a name your own.', [
    'thingwright token list ada',
    'thingwright token list service:reports --json',
  ])
    .addHelpText('after', WHO_NOTE)
    .action(async (name: string | undefined, options: ThingCommandOptions) => {
      const { listTokens } = await import('./commands/token.js');
      report(await listTokens(name, options, terminal));
    });

  onThing(token, 'revoke <name> <token>', 'Ends a token now, by the id that list and issue print.', [
    'thingwright token revoke ada 01890a5d-ac96-774b-bcce-b302099a8057',
  ])
    .addHelpText('after', WHO_NOTE)
    .action(async (name: string, credential: string, options: ThingCommandOptions) => {
      const { revokeToken } = await import('./commands/token.js');
      report(await revokeToken({ name, credential, options }, terminal));
    });

  onThing(token, 'rotate <name> <token>', 'Replaces a token and prints the new one, this once.', [
    'thingwright token rotate ada 01890a5d-ac96-774b-bcce-b302099a8057 --overlap 3600',
  ])
    .option('--overlap <seconds>', 'how long the old token goes on', toSeconds, 0)
    .addHelpText('after', WHO_NOTE)
    .action(async (name: string, credential: string, options: RotateTokenOptions) => {
      const { rotateToken } = await import('./commands/token.js');
      report(await rotateToken({ name, credential, options }, terminal));
    });
}

function addDeviceLists(commands: Commands): void {
  const { terminal, report } = commands;
  const device = group(commands, 'device', 'Lists devices, gives them titles and organizations.');

  onThing(device, 'list', 'Lists the devices that you may see.', ['thingwright device list --organization lab'])
    .option('--organization <organization>', OF_ONE)
    .action(async (options: ListOptions) => {
      const { listDevices } = await import('./commands/device.js');
      report(await listDevices(options, terminal));
    });

  onThing(device, 'move <name> <organization>', 'Gives a device, or an adopted Thing, to another organization.', [
    'thingwright device move ems_001 lab',
  ]).action(async (name: string, organization: string, options: ThingCommandOptions) => {
    const { moveThing } = await import('./commands/device.js');
    report(await moveThing({ name, organization, options }, terminal));
  });

  onThing(device, 'title <name> <title>', 'Gives a device, or an adopted Thing, another title.', [
    "thingwright device title ems_001 'Battery in the cellar'",
  ]).action(async (name: string, title: string, options: ThingCommandOptions) => {
    const { setTitle } = await import('./commands/device.js');
    report(await setTitle({ name, title, options }, terminal));
  });
}
