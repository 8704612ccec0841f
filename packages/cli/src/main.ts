import { type Command, CommanderError } from 'commander';
import { EXIT, type ExitStatus } from './exit-status.js';
import { causeOf } from './fetch-json.js';
import { createProgram } from './program.js';
import { processTerminal, type Terminal } from './terminal.js';

const WHO = "--token, THINGWRIGHT_TOKEN, or the folder of this machine's gateway in THINGWRIGHT_DATA";

const withCommandsOf = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(withCommandsOf)];

/** Runs the command `thingwright` with these arguments (without program and script); gives its exit status. */
export async function main(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  let status: ExitStatus = EXIT.done;
  const program = createProgram(terminal, (reported) => {
    status = reported;
  });
  for (const command of withCommandsOf(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.tell(text.trimEnd()),
    });
  }
  if (args.length === 0) {
    program.outputHelp({ error: true });
    return EXIT.usage;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'thingwright.usage') terminal.tell(`error: ${error.message}`);
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { ThingError } = await import('@thingwright/core');
    if (!(error instanceof ThingError)) throw error;
    const hint = error.code === 'unauthenticated' ? ` (${WHO})` : '';
    // Such as a certificate that nobody knows here.
    const why = error.code === 'disconnected' ? causeOf(error.cause) : '';
    terminal.tell(`thingwright: ${error.detail}${why}${hint}`);
    return EXIT.failed;
  }
}
