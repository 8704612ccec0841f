import { type Exposure, expose, type Site, type Thing, ThingError } from '@thingwright/core';
import type { History } from '@thingwright/store';
import { HistoryModel } from './history.model.js';
import { createHistoryModels, type ExposureWithHistory } from './history-models.js';
import { readHistory } from './read-history.js';

/** Gives Things their history: an action, and what is linked from their descriptions. */
export interface Histories {
  /** The same Site, but for that a Thing with something to remember gets the action `history`. */
  over(site: Site): Site;
  /** The properties of a Thing that have a history. */
  propertiesOf(thing: Thing): readonly string[];
}

/** Makes histories over a store. */
export function createHistories(history: History): Histories {
  const models = createHistoryModels();

  const exposeWithHistory = (exposure: ExposureWithHistory, site: Site, thingOf: () => Thing | undefined): Exposure => {
    const model = models.of(exposure);
    if (model.actions?.history === exposure.model.actions?.history) return { ...exposure, model };
    const { implement } = expose(HistoryModel, () => ({
      actions: {
        history: async (request, { principal }) => {
          const thing = thingOf();
          if (!thing) throw new ThingError('notFound', 'The Thing is no longer here');
          const { property: affordance } = request;
          if (!site.policy({ principal, thing, operation: 'readproperty', affordance })) {
            throw new ThingError('forbidden', `${principal.id} may not read '${affordance}' of '${thing.model.title}'`);
          }
          return readHistory(history, thing.id, request);
        },
      },
    }));
    return {
      model,
      implement() {
        const own = exposure.implement();
        return { ...own, actions: new Map([...own.actions, ...implement().actions]) };
      },
    };
  };

  return {
    propertiesOf: ({ model }) => models.propertiesOf(model),
    over: (site) => ({
      ...site,
      add(name, exposure, options) {
        let thing: Thing | undefined;
        thing = site.add(
          name,
          exposeWithHistory(exposure, site, () => thing),
          options,
        );
        return thing;
      },
    }),
  };
}
