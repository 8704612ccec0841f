import { combineLatest, concatMap, distinctUntilChanged, filter, firstValueFrom, from, map, race } from 'rxjs';
import { campaignDisplay } from '../campaign-display.js';
import { type CampaignOptions, consumeCampaign } from '../campaign-target.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { Terminal } from '../terminal.js';

/** In those a campaign waits for a person, or for its time. */
const STANDING = ['ready', 'scheduled', 'waiting-approval', 'paused'];

/** Shows how far a campaign is, and why it does not go on if it does not, until it has ended; ^C leaves it running. Succeeds if the campaign does. */
export async function watch(campaign: string, options: CampaignOptions, terminal: Terminal): Promise<ExitStatus> {
  await using thing = await consumeCampaign(campaign, options, terminal);
  using stop = terminal.interruption();
  const display = options.json ? undefined : campaignDisplay(terminal);
  const { status, groups, phase, details } = thing.properties;
  const following = combineLatest({ status, groups, phase }).subscribe({
    next(seen) {
      if (display) display.show(seen.groups);
      else terminal.print(JSON.stringify(seen));
    },
    // Whoever waits for the end is told.
    error: () => undefined,
  });
  const standing = phase.pipe(
    distinctUntilChanged(),
    filter((now) => STANDING.includes(now)),
    concatMap(async (now) => ({ now, reason: (await details.read()).reason })),
  );
  following.add(
    standing.subscribe({
      next: ({ now, reason }) => display?.tell(reason === null ? now : `${now}: ${reason}`),
      error: () => undefined,
    }),
  );
  try {
    const ended = status.pipe(filter((now) => now !== 'idle' && now !== 'in-progress'));
    const left = from(stop.happened).pipe(map(() => 'left' as const));
    const end = await firstValueFrom(race(ended, left));
    if (end === 'left') {
      terminal.tell(`it goes on; thingwright campaign cancel ${campaign} ends it`);
      return EXIT.done;
    }
    // What came last may be on its way still.
    display?.show(await groups.read());
    display?.end();
    if (options.json) terminal.print(JSON.stringify({ status: end }));
    else terminal.print(end);
    return end === 'success' ? EXIT.done : EXIT.failed;
  } finally {
    following.unsubscribe();
    display?.end();
  }
}
