/** Reads a value of the command line: JSON if it is JSON, else the words as a text. */
export function parseArgument(argument: string): unknown {
  try {
    return JSON.parse(argument);
  } catch {
    return argument;
  }
}
