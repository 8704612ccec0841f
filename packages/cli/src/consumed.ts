import { type ConsumedThing, type ConsumeOptions, consume } from '@thingwright/client';
import { type Target, type TargetOptions, targetOf } from './target.js';
import type { Terminal } from './terminal.js';

/** Consumes the Thing that a command is about; throws a ThingError if it cannot be reached. */
export async function consumeTarget(thing: string, options: TargetOptions, terminal: Terminal): Promise<ConsumedThing> {
  const target = await targetOf(thing, options, terminal.environment);
  return consume(target.url, consumptionOf(target));
}

/** How a target is consumed. */
export const consumptionOf = ({ token, isNamed = false }: Target): ConsumeOptions => ({
  ...(token === undefined ? {} : { token }),
  atItsOrigin: isNamed,
});
