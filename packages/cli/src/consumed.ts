import { type ConsumedThing, consume } from '@thingwright/client';
import { type TargetOptions, targetOf } from './target.js';
import type { Terminal } from './terminal.js';

/** Consumes the Thing that a command is about; throws a ThingError if it cannot be reached. */
export async function consumeTarget(thing: string, options: TargetOptions, terminal: Terminal): Promise<ConsumedThing> {
  const { url, token } = await targetOf(thing, options, terminal.environment);
  return consume(url, token === undefined ? {} : { token });
}
