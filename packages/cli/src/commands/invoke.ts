import type { Invocation } from '@thingwright/client';
import { ThingError } from '@thingwright/core';
import { consumeTarget } from '../consumed.js';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { parseArgument } from '../json-argument.js';
import { jsonProgress, progressDisplay } from '../progress-display.js';
import type { ThingCommandOptions } from '../target.js';
import { show, type Terminal } from '../terminal.js';

/** What is to be invoked. */
export interface Invoking {
  readonly thing: string;
  readonly action: string;
  /** As on the command line; absent: no input. */
  readonly input: string | undefined;
  readonly options: ThingCommandOptions;
}

/** Invokes an action, shows its progress and its log, and prints its output. ^C cancels it. */
export async function invoke({ thing, action, input, options }: Invoking, terminal: Terminal): Promise<ExitStatus> {
  await using consumed = await consumeTarget(thing, options, terminal);
  const start = Object.hasOwn(consumed.actions, action) ? consumed.actions[action] : undefined;
  if (!start) throw new ThingError('notFound', `There is no action named '${action}' in '${consumed.td.title}'`);
  using stop = terminal.interruption();
  const invocation = start(input === undefined ? undefined : parseArgument(input));
  void stop.happened.then(() => cancel(invocation, terminal));
  const display = options.json ? jsonProgress(terminal) : progressDisplay(terminal);
  invocation.progress.subscribe((value) => display.progress(value));
  invocation.log.subscribe((line) => display.log(line));
  try {
    const output = await invocation.output;
    display.end();
    if (options.json) terminal.print(JSON.stringify({ output }));
    else if (output !== undefined) terminal.print(show(output));
    return EXIT.done;
  } finally {
    display.end();
  }
}

async function cancel(invocation: Invocation, terminal: Terminal): Promise<void> {
  terminal.tell('cancelling; ^C again leaves it running');
  await invocation.cancel().catch((error: unknown) => {
    terminal.tell(`thingwright: not cancelled: ${error instanceof Error ? error.message : String(error)}`);
  });
}
