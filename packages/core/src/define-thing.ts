import type { TSchema } from 'typebox';
import { ACTION_STATUS, hasAsynchronousActions } from './action-status.js';
import { toDataSchema } from './data-schema.js';
import type { Affordance, Model } from './model.js';

/**
 * Declares a Thing. Gives the Model back as it is, with its literal types, after a look at what no type can catch.
 * @throws TypeError for a name that is empty or has control characters, for a property both readOnly and writeOnly (or
 * where its schema says so instead of the property), a write-only property declared observable, a synchronous action with
 * progress or that is cancelable or acknowledged, an own event `actionStatus` beside asynchronous actions, a schema that a Thing
 * Description cannot say, and a URI variable that is an object or an array.
 */
export function defineThing<const M extends Model>(model: M): M {
  checkModel(model);
  return model;
}

function checkModel(model: Model): void {
  const refuse = (affordance: string, why: string): never => {
    throw new TypeError(`Thing '${model.title}', ${affordance}: ${why}`);
  };
  if (typeof model.title !== 'string' || model.title === '') throw new TypeError('A Model needs a title');
  for (const [kind, group] of [
    ['property', model.properties],
    ['action', model.actions],
    ['event', model.events],
  ] as const) {
    for (const name of Object.keys(group ?? {})) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      if (name === '' || /[\u0000-\u001f\u007f/]/.test(name)) {
        refuse(`${kind} '${name}'`, 'a name must not be empty nor hold control characters or a slash');
      }
    }
  }
  for (const [name, property] of Object.entries(model.properties ?? {})) {
    const who = `property '${name}'`;
    if (property.readOnly && property.writeOnly) refuse(who, 'readOnly and writeOnly exclude each other');
    if ('readOnly' in property.schema || 'writeOnly' in property.schema) {
      refuse(who, 'readOnly and writeOnly belong beside the schema, not into it');
    }
    if (property.writeOnly && property.observable) refuse(who, 'a write-only property cannot be observable');
  }
  for (const [name, action] of Object.entries(model.actions ?? {})) {
    const who = `action '${name}'`;
    if (action.synchronous && action.progress) refuse(who, 'a synchronous action has no progress');
    if (action.synchronous && action.cancelable) refuse(who, 'a synchronous action cannot be cancelled');
    if (action.synchronous && action.acknowledged)
      refuse(who, 'a synchronous action is not acknowledged, but answered');
  }
  if (model.events?.[ACTION_STATUS] && hasAsynchronousActions(model)) {
    refuse(`event '${ACTION_STATUS}'`, 'the name is taken by the status of asynchronous actions');
  }
  checkSchemas(model);
}

function checkSchemas({ title, properties = {}, actions = {}, events = {} }: Model): void {
  const expressible = (schema: TSchema | undefined, who: string): void => {
    if (schema) toDataSchema(schema, `Thing '${title}', ${who}`);
  };
  const checkVariables = ({ uriVariables = {} }: Affordance, who: string): void => {
    for (const [variable, schema] of Object.entries(uriVariables)) {
      const what = `URI variable '${variable}' of ${who}`;
      expressible(schema, what);
      if ('type' in schema && (schema.type === 'object' || schema.type === 'array')) {
        throw new TypeError(`Thing '${title}', ${what}: it cannot be an object or an array`);
      }
    }
  };
  for (const [name, property] of Object.entries(properties)) {
    expressible(property.schema, `property '${name}'`);
    checkVariables(property, `property '${name}'`);
  }
  for (const [name, action] of Object.entries(actions)) {
    for (const part of ['input', 'output', 'progress'] as const)
      expressible(action[part], `${part} of action '${name}'`);
    checkVariables(action, `action '${name}'`);
  }
  for (const [name, event] of Object.entries(events)) {
    expressible(event.data, `data of event '${name}'`);
    checkVariables(event, `event '${name}'`);
  }
}
