import { consumeTarget } from '../consumed.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import type { Terminal } from '../terminal.js';
import { type FollowOptions, follow, linesOf } from './follow.js';

/** What is to be subscribed to; no event means all. */
export interface Subscribing {
  readonly thing: string;
  readonly events: readonly string[];
  readonly options: FollowOptions;
}

/** Prints events as they happen. */
export async function events({ thing, events: names, options }: Subscribing, terminal: Terminal): Promise<ExitStatus> {
  await using consumed = await consumeTarget(thing, options, terminal);
  const lines = linesOf(
    names.length === 0
      ? [consumed.observe({ op: 'subscribeallevents' })]
      : names.map((name) => consumed.observe({ op: 'subscribeevent', name })),
  );
  await follow(consumed, lines, { options, terminal });
  return EXIT.done;
}
