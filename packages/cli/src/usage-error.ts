import { CommanderError } from 'commander';

/** What a command throws for wrong usage that only it can see: it ends with 2. */
export const usageError = (message: string): CommanderError => new CommanderError(2, 'thingwright.usage', message);
