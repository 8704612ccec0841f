import * as t from 'typebox';
import type { EventDeclaration, Model } from './model.js';

/** The event by which a Thing tells of its invocations; present on every Thing with an asynchronous action. */
export const ACTION_STATUS = 'actionStatus';

/** Tells whether a Model has an action whose answer comes before its end. */
export function hasAsynchronousActions(model: Model): boolean {
  return Object.values(model.actions ?? {}).some((action) => action.synchronous !== true);
}

/** The events of a Model, with `actionStatus` where it has asynchronous actions. */
export function allEvents(model: Model): Readonly<Record<string, EventDeclaration>> {
  if (!hasAsynchronousActions(model)) return model.events ?? {};
  return { ...model.events, [ACTION_STATUS]: actionStatusEvent(model) };
}

function actionStatusEvent(model: Model): EventDeclaration {
  const asynchronous = Object.entries(model.actions ?? {}).filter(([, action]) => action.synchronous !== true);
  return {
    title: 'Action status',
    description: 'How an invocation of an asynchronous action goes on. Sent to those who may query that invocation.',
    data: t.Object({
      action: t.Enum(asynchronous.map(([name]) => name)),
      actionID: t.String({ format: 'uuid' }),
      state: t.Enum(['pending', 'running', 'completed', 'failed']),
      progress: t.Optional(t.Unknown({ description: 'How far the action is, in the terms of that action.' })),
      log: t.Optional(t.String({ description: 'One line of the log of the invocation.' })),
    }),
  };
}
