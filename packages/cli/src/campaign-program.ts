import { type Command, InvalidArgumentError } from 'commander';
import type { OrderOptions } from './campaign-order.js';
import type { CampaignOptions } from './campaign-target.js';
import type { DecideOptions } from './commands/campaign-decide.js';
import type { ListOptions } from './commands/campaign-list.js';
import type { RetryOptions } from './commands/campaign-retry.js';
import type { StartOptions } from './commands/campaign-start.js';
import { type Commands, onThing } from './thing-command.js';

const BUILD = '8a1f4c1e-6d2a-4f0e-9a59-2f6c2f7b1d33';
const CAMPAIGN = 'b3d5a0c2-3c57-4c6e-8f5e-0d8f6a1c9e11';

/** Declares the commands about firmware campaigns. */
export function addCampaigns(commands: Commands): void {
  const parent = commands.program
    .command('campaign')
    .description('Upgrades the firmware of many devices: plans, starts, watches and stops campaigns.')
    .helpCommand(false);
  addPlanAndStart(commands, parent);
  addWatch(commands, parent);
  addDirections(commands, parent);
  addDecisions(commands, parent);
  addRetry(commands, parent);
  addList(commands, parent);
}

const onCampaign = (...[parent, usage, description, samples]: Parameters<typeof onThing>): Command =>
  onThing(parent, usage, description, samples).option(
    '--organization <organization>',
    'whose campaigns (default: those of all, for who may see all)',
  );

const withOrder = (command: Command): Command =>
  command
    .option('--name <name>', 'what people call it (default: category and version)')
    .option('--group <group>', 'only devices of that group, by its name or UUID')
    .option('--location <location>', 'only devices at that location, by its name or UUID')
    .option('--device <uuid...>', 'only these devices')
    .option('--exclude <uuid...>', 'not these devices')
    .option('--firmwareless', 'also devices without firmware of ours, if their model fits')
    .option(
      '--stages <percent...>',
      'one after the other, each so much of what is left; the rest comes last',
      toPercents,
    )
    .option('--max-errors <percent>', 'of a stage that may fail; beyond that the campaign is paused', toPercent)
    .option('--concurrency <number>', 'how many are worked on at once', toCount)
    .option('--approval', 'somebody else has to approve it first')
    .option('--request <file>', 'all else that a campaign can have, as JSON: schedule, options, groups');

function addPlanAndStart({ terminal, report }: Commands, parent: Command): void {
  withOrder(
    onCampaign(parent, 'plan <build>', 'Shows who would be upgraded and who would not, and changes nothing.', [
      `thingwright campaign plan ${BUILD}`,
      `thingwright campaign plan ${BUILD} --firmwareless --stages 5 50 --json`,
    ]),
  ).action(async (build: string, options: OrderOptions) => {
    const { plan } = await import('./commands/campaign-plan.js');
    report(await plan(build, options, terminal));
  });

  withOrder(
    onCampaign(parent, 'start <build>', 'Makes a campaign of a build, starts it, and shows how far it is.', [
      `thingwright campaign start ${BUILD} --stages 5 50 --max-errors 10`,
      `thingwright campaign start ${BUILD} --no-start`,
      `thingwright campaign start campaign-${CAMPAIGN}`,
    ]),
  )
    .option('--no-start', 'only makes it')
    .option('--no-watch', 'does not wait for its end')
    .addHelpText('after', '\nIn place of a build: campaign-<id>, which was made before. ^C leaves it running.')
    .action(async (what: string, options: StartOptions) => {
      const { start } = await import('./commands/campaign-start.js');
      report(await start(what, options, terminal));
    });
}

function addWatch({ terminal, report }: Commands, parent: Command): void {
  onCampaign(parent, 'watch <campaign>', 'Shows how far a campaign is until it has ended; ^C leaves it running.', [
    `thingwright campaign watch ${CAMPAIGN}`,
    `thingwright campaign watch ${CAMPAIGN} --json`,
  ])
    .addHelpText('after', '\nSucceeds (0) if the campaign does.')
    .action(async (campaign: string, options: CampaignOptions) => {
      const { watch } = await import('./commands/campaign-watch.js');
      report(await watch(campaign, options, terminal));
    });
}

function addDirections({ terminal, report }: Commands, parent: Command): void {
  const directions = {
    pause: 'Begins nothing new; what is being worked on is finished.',
    resume: 'Goes on with a campaign that is paused.',
    cancel: 'Ends a campaign; devices that are being flashed are finished.',
  } as const;
  for (const direction of ['pause', 'resume', 'cancel'] as const) {
    const sample = `thingwright campaign ${direction} ${CAMPAIGN}`;
    onCampaign(parent, `${direction} <campaign>`, directions[direction], [sample, `${sample} --json`]).action(
      async (campaign: string, options: CampaignOptions) => {
        const { direct } = await import('./commands/campaign-direct.js');
        report(await direct(campaign, { direction, options }, terminal));
      },
    );
  }
}

function addDecisions({ terminal, report }: Commands, parent: Command): void {
  const decisions = {
    approve: 'Lets a campaign begin that somebody else has made; it has to be started then.',
    deny: 'Ends a campaign that waits for an approval, for good.',
  } as const;
  for (const decision of ['approve', 'deny'] as const) {
    const sample = `thingwright campaign ${decision} ${CAMPAIGN}`;
    onCampaign(parent, `${decision} <campaign>`, decisions[decision], [sample, `${sample} --remark "…"`])
      .option('--remark <text>', 'is kept with the campaign')
      .action(async (campaign: string, options: DecideOptions) => {
        const { decide } = await import('./commands/campaign-decide.js');
        report(await decide(campaign, { decision, options }, terminal));
      });
  }
}

function addRetry({ terminal, report }: Commands, parent: Command): void {
  const description = 'Upgrades those again that failed in a campaign that has ended, and shows how far that is.';
  const sample = `thingwright campaign retry ${CAMPAIGN}`;
  onCampaign(parent, 'retry <campaign>', description, [sample, `${sample} --no-watch --json`])
    .option('--no-watch', 'does not wait for its end')
    .addHelpText(
      'after',
      '\nIt is a new campaign, which begins at once unless it has to be approved. ^C leaves it running.',
    )
    .action(async (campaign: string, options: RetryOptions) => {
      const { retry } = await import('./commands/campaign-retry.js');
      report(await retry(campaign, options, terminal));
    });
}

function addList({ terminal, report }: Commands, parent: Command): void {
  onCampaign(parent, 'list', 'Lists campaigns, newest first.', [
    'thingwright campaign list',
    `thingwright campaign list --build ${BUILD} --limit 10 --json`,
  ])
    .option('--build <uuid>', 'only those of that build')
    .option('--limit <number>', 'at most so many', toCount, 100)
    .action(async (options: ListOptions) => {
      const { list } = await import('./commands/campaign-list.js');
      report(await list(options, terminal));
    });
}

function toCount(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a count from 1 to 9999 is needed');
}

function toPercent(text: string): number {
  const percent = Number(text.replace(/%$/, ''));
  if (text !== '' && percent >= 0 && percent <= 100) return percent;
  throw new InvalidArgumentError('a number of percent from 0 to 100 is needed');
}

function toPercents(text: string, before: readonly number[] = []): readonly number[] {
  const percent = toPercent(text);
  if (percent > 0) return [...before, percent];
  throw new InvalidArgumentError('a stage needs more than 0 percent');
}
