import { type Exposure, modelOfDescription, type ThingDescription, ThingError } from '@thingwright/core';
import { NEVER } from 'rxjs';

/** A foreign Thing that nobody can reach for now, with all its affordances: whatever is asked of it is `unavailable`. */
export function away(td: ThingDescription, why: string): Exposure {
  const model = modelOfDescription(td, { keepsAsynchronous: false, observesAll: true, checksPatterns: false });
  const refuse = (): never => {
    throw new ThingError('unavailable', `'${td.title}' cannot be reached: ${why}`);
  };
  const names = (group: object | undefined): readonly string[] => Object.keys(group ?? {});
  return {
    model,
    implement: () => ({
      properties: new Map(
        Object.entries(model.properties ?? {}).map(([name, { readOnly, writeOnly }]) => [
          name,
          { ...(writeOnly ? {} : { read: refuse }), ...(readOnly ? {} : { write: refuse }) },
        ]),
      ),
      actions: new Map(names(model.actions).map((name) => [name, { run: refuse }])),
      events: new Map(names(model.events).map((name) => [name, NEVER])),
    }),
  };
}
