import { ACTION_STATUS, type Context, isMembers, type Notification, type Thing } from '@thingwright/core';
import { filter, type Observable } from 'rxjs';

/** What a reader may follow: a property, an event, or the states of the runs of an action. */
export type Kind = 'property' | 'event' | 'action';

/** One thing of a Thing that readers follow; all its readers share one of these. */
export interface Affordance {
  readonly thing: Thing;
  readonly kind: Kind;
  readonly name: string;
  /** Unique among all that one connection may follow. */
  readonly key: string;
}

/** The {@link Affordance.key} of an affordance. */
export const keyOf = (thing: Thing, kind: Kind, name: string): string => `${thing.name} ${kind} ${name}`;

/** The notifications of an affordance; errors with a ThingError if there cannot be any. */
export function follow({ thing, kind, name }: Affordance, context: Context): Observable<Notification> {
  switch (kind) {
    case 'property':
      return thing.observe({ op: 'observeproperty', name }, context);
    case 'event':
      return thing.observe({ op: 'subscribeevent', name }, context);
    case 'action':
      return thing
        .observe({ op: 'subscribeevent', name: ACTION_STATUS }, context)
        .pipe(filter(({ value }) => tellsState(value, name)));
  }
}

/** Whether the data of an `actionStatus` event is about a new state of a run of that action, not only about its progress. */
const tellsState = (data: unknown, action: string): boolean =>
  isMembers(data) && data.action === action && !('progress' in data) && !('log' in data);
