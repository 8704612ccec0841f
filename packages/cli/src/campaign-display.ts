import cliProgress from 'cli-progress';
import { harmless, type Terminal } from './terminal.js';

/** How far a group of a campaign is. */
export interface GroupProgress {
  readonly name: string;
  readonly state: string;
  readonly size: number;
  readonly counts: {
    readonly inProgress: number;
    readonly success: number;
    readonly failed: number;
    readonly aborted: number;
    readonly cancelled: number;
  };
}

/** Shows how far a campaign is. */
export interface CampaignDisplay {
  show(groups: readonly GroupProgress[]): void;
  /** A line about all of it. */
  tell(line: string): void;
  /** Once, or more often. */
  end(): void;
}

const FORMAT = '{name} {bar} {value}/{total} {told}';

/** For a person: a bar for each group where somebody looks, else a line whenever something has changed. */
export function campaignDisplay(terminal: Terminal): CampaignDisplay {
  return terminal.isInteractive ? bars() : lines(terminal);
}

function bars(): CampaignDisplay {
  const multi = new cliProgress.MultiBar({ stream: process.stderr, hideCursor: true, format: FORMAT });
  const shown = new Map<number, cliProgress.SingleBar>();
  let isOver = false;
  return {
    show(groups) {
      const width = Math.max(...groups.map(({ name }) => name.length), 0);
      for (const [i, group] of groups.entries()) {
        const bar = shown.get(i) ?? multi.create(group.size, 0, { name: '', told: '' });
        shown.set(i, bar);
        bar.update(doneOf(group), { name: printable(group.name).padEnd(width), told: toldOf(group) });
      }
    },
    tell: (line) => multi.log(`${harmless(line)}\n`),
    end() {
      // Stopped once more, it would move what was written since.
      if (!isOver) multi.stop();
      isOver = true;
    },
  };
}

function lines(terminal: Terminal): CampaignDisplay {
  const told = new Map<number, string>();
  return {
    show(groups) {
      for (const [i, group] of groups.entries()) {
        const line = `${group.name}: ${doneOf(group)}/${group.size} ${toldOf(group)}`;
        if (told.get(i) !== line) terminal.tell(line);
        told.set(i, line);
      }
    },
    tell: (line) => terminal.tell(line),
    end: () => undefined,
  };
}

const doneOf = ({ counts: { success, failed, aborted, cancelled } }: GroupProgress): number =>
  success + failed + aborted + cancelled;

function toldOf({ state, counts }: GroupProgress): string {
  const parts = (['failed', 'aborted', 'cancelled'] as const).flatMap((status) =>
    counts[status] > 0 ? [`${counts[status]} ${status}`] : [],
  );
  return [state, ...parts].join(', ');
}

/** Names are of other people: no line end gets into a bar. */
const printable = (name: string): string => name.replaceAll(/\p{Cc}/gu, ' ');
