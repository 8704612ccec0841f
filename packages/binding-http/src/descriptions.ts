import type { Site, Thing, ThingDescription } from '@thingwright/core';
import type { Listener } from '@thingwright/listener';
import type { Call } from './call.js';
import { createPreparedAnswers, type PreparedAnswer, visibilityOf } from './prepared-answers.js';
import { withWebThingsLinks } from './webthings-links.js';

/** Bytes of Thing Descriptions that are kept. */
const MOST_KEPT = 32 * 1024 * 1024;

/** Thing Descriptions as they are sent: to each caller what he may see, at the origin that he used. */
export interface Descriptions {
  /** The Things that the caller may see. */
  visible(call: Call): readonly Thing[];
  of(thing: Thing, call: Call): PreparedAnswer;
  /** The same with `properties` and `actions` also where there are none; LabThings' clients read both unasked. */
  withGroups(thing: Thing, call: Call): PreparedAnswer;
}

/** Makes the Thing Descriptions of a Site. */
export function createDescriptions(site: Site, listener: Listener, webThingsLinks: boolean): Descriptions {
  const prepared = createPreparedAnswers<Thing>(MOST_KEPT);

  const prepare = (kind: string, complete: (td: ThingDescription) => ThingDescription) => {
    return (thing: Thing, { request, caller: { principal } }: Call): PreparedAnswer => {
      const origin = listener.originOf(request.raw);
      // Of all that it is made of a title alone can be any text, so it comes last.
      return prepared.get(thing, `${kind}${origin} ${visibilityOf(principal)} ${thing.model.title}`, () => {
        const td = site.describe(thing, origin, principal);
        return complete(webThingsLinks ? withWebThingsLinks(td, { name: thing.name, origin }) : td);
      });
    };
  };

  return {
    visible: ({ caller: { principal } }) =>
      [...site.things.values()].filter((thing) => site.isVisible(thing, principal)),
    of: prepare('', (td) => td),
    withGroups: prepare('grouped ', (td) => ({ properties: {}, actions: {}, ...td })),
  };
}
