import { type ConsumedThing, consume } from '@thingwright/client';
import { type TargetOptions, targetOf } from './target.js';

/** Consumes the Thing that a command is about; throws a ThingError if it cannot be reached. */
export async function consumeTarget(thing: string, options: TargetOptions): Promise<ConsumedThing> {
  const { url, token } = await targetOf(thing, options, process.env);
  return consume(url, token === undefined ? {} : { token });
}
