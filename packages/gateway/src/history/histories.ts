import {
  type ActionDeclaration,
  type Exposure,
  expose,
  type Model,
  type PropertyDeclaration,
  type Site,
  type Thing,
  ThingError,
} from '@thingwright/core';
import type { History } from '@thingwright/store';
import * as t from 'typebox';
import { HistoryInput, HistoryModel } from './history.model.js';
import { readHistory } from './read-history.js';

/** An exposure that may say which of its properties have a history; it does not: all single values that can be observed. */
export interface ExposureWithHistory extends Exposure {
  readonly history?: readonly string[];
}

/** Gives Things their history: an action, and what is linked from their descriptions. */
export interface Histories {
  /** The same Site, but for that a Thing with something to remember gets the action `history`. */
  over(site: Site): Site;
  /** The properties of a Thing that have a history. */
  propertiesOf(thing: Thing): readonly string[];
}

/** Makes histories over a store. */
export function createHistories(history: History): Histories {
  const models = new WeakMap<Model, Model>();
  const actions = new WeakMap<object, ActionDeclaration>();
  const names = new WeakMap<Model, readonly string[]>();

  /** Titles differ from device to device, and properties do not: so that the action is compiled once. */
  const actionFor = (properties: object, chosen: readonly string[]): ActionDeclaration => {
    let action = actions.get(properties);
    if (!action) {
      const property = t.Enum([...chosen], { description: 'Which one.' });
      action = {
        ...HistoryModel.actions.history,
        input: t.Object({ ...HistoryInput.properties, property }, { additionalProperties: false }),
      };
      actions.set(properties, action);
    }
    return action;
  };

  const modelFor = ({ model, history: wanted }: ExposureWithHistory): Model => {
    let augmented = models.get(model);
    if (!augmented) {
      const chosen = historyNames(model, wanted);
      augmented = chosen.length === 0 ? model : augment(model, actionFor(model.properties ?? {}, chosen));
      models.set(model, augmented);
      names.set(augmented, chosen);
    }
    return augmented;
  };

  const exposeWithHistory = (exposure: ExposureWithHistory, site: Site, thingOf: () => Thing | undefined): Exposure => {
    const model = modelFor(exposure);
    if (model.actions?.history === exposure.model.actions?.history) return { ...exposure, model };
    const { implement } = expose(HistoryModel, () => ({
      actions: {
        history: async (request, { principal }) => {
          const thing = thingOf();
          if (!thing) throw new ThingError('notFound', 'The Thing is no longer here');
          const { property: affordance } = request;
          if (!site.policy({ principal, thing, operation: 'readproperty', affordance })) {
            throw new ThingError('forbidden', `${principal.id} may not read '${affordance}' of '${model.title}'`);
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
    propertiesOf: ({ model }) => names.get(model) ?? [],
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

/** Where its history is reached by HTTP: an index, which shows each caller what it may read. */
const LINK = { href: 'history', rel: 'archives', type: 'application/json' } as const;

/** A Thing may have an action of that name itself, which stays. */
function augment(model: Model, history: ActionDeclaration): Model {
  return { ...model, links: [...(model.links ?? []), LINK], actions: { history, ...model.actions } };
}

function historyNames({ properties = {} }: Model, wanted: readonly string[] | undefined): readonly string[] {
  return Object.entries(properties)
    .filter(([name, property]) => isObservable(property) && (wanted?.includes(name) ?? isSingle(property.schema)))
    .map(([name]) => name);
}

const isObservable = ({ writeOnly, observable }: PropertyDeclaration): boolean => !writeOnly && observable !== false;

const SINGLE: readonly unknown[] = ['number', 'integer', 'boolean', 'string', 'null'];

/** Whether all values of a schema are numbers, texts, true or false; `nullable` ones too. */
function isSingle(schema: object): boolean {
  if ('oneOf' in schema && Array.isArray(schema.oneOf)) return schema.oneOf.every(isSingle);
  if ('enum' in schema && Array.isArray(schema.enum)) return schema.enum.every((value) => typeof value !== 'object');
  return 'type' in schema && SINGLE.includes(schema.type);
}
