import type { ActionDeclaration, Exposure, Model, PropertyDeclaration } from '@thingwright/core';
import * as t from 'typebox';
import { HistoryInput, HistoryModel } from './history.model.js';

/** An exposure that may say which of its properties have a history; else all single values that can be observed do. */
export interface ExposureWithHistory extends Exposure {
  readonly history?: readonly string[];
}

/** Models with what a gateway adds to them. The same Model gives the same one, so that it is compiled once. */
export interface HistoryModels {
  /** With the action `history` and a link, if a property of it has a history. */
  of(exposure: Pick<ExposureWithHistory, 'model' | 'history'>): Model;
  /** The properties with a history of a Model that was given by `of`. */
  propertiesOf(model: Model): readonly string[];
}

/** Makes HistoryModels. */
export function createHistoryModels(): HistoryModels {
  const models = new WeakMap<Model, Model>();
  const actions = new WeakMap<object, ActionDeclaration>();
  const groups = new WeakMap<object, Actions>();
  /** By the actions, which stay the same where a Thing is given another title. */
  const names = new WeakMap<object, readonly string[]>();

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

  /** A Thing may have an action of that name itself, which stays. */
  const actionsFor = ({ actions: own = NONE, properties = NONE }: Model, chosen: readonly string[]): Actions => {
    const known = groups.get(own);
    const action = actionFor(properties, chosen);
    if (own !== NONE && known?.history === action) return known;
    const group = { history: action, ...own };
    groups.set(own, group);
    return group;
  };

  return {
    of({ model, history }) {
      let augmented = models.get(model);
      if (!augmented) {
        const chosen = historyNames(model, history);
        const actions = actionsFor(model, chosen);
        augmented = chosen.length === 0 ? model : augment(model, actions);
        models.set(model, augmented);
        if (chosen.length > 0) names.set(actions, chosen);
      }
      return augmented;
    },
    propertiesOf: ({ actions = NONE }) => names.get(actions) ?? [],
  };
}

/** Where its history is reached by HTTP: an index, which shows each caller what it may read. */
const LINK = { href: 'history', rel: 'archives', type: 'application/json' } as const;

type Actions = NonNullable<Model['actions']>;

const NONE = {};

const augment = (model: Model, actions: Actions): Model => ({
  ...model,
  links: [...(model.links ?? []), LINK],
  actions,
});

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
