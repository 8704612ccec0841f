import { ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import * as t from 'typebox';
import type { DeviceKind } from './device-kind.js';

type Settings = Readonly<Record<string, unknown>>;

/** @throws ThingError `invalid` for settings that a kind has not, or that do not fit. */
export function checkSettings({ settings: schema }: DeviceKind, kind: string, settings: Settings): void {
  const unknown = Object.keys(settings).find((name) => !Object.hasOwn(schema.properties, name));
  if (unknown !== undefined) throw new ThingError('invalid', `A device of kind '${kind}' has no setting '${unknown}'`);
  demandFit(kind, schema, settings);
}

/** @throws ThingError `invalid` for credentials that do not fit, or that are there where a kind has none, or are not where it has some. */
export function checkCredentials({ credentials: schema }: DeviceKind, kind: string, credentials: unknown): void {
  if (schema) demandFit(kind, t.Object({ credentials: schema }), { credentials });
  else if (credentials !== undefined)
    throw new ThingError('invalid', `A device of kind '${kind}' is shown no credentials`);
}

/**
 * What is kept was given for one place: who could name another one, and have it shown there, would come to know it.
 * @throws ThingError `invalid` where that is asked for.
 */
export function refuseOtherPlace({ shownAt = [] }: DeviceKind, before: Settings, after: Settings): void {
  const other = shownAt.find((name) => before[name] !== after[name]);
  if (other === undefined) return;
  const message = `have to be given again, as what is kept is not shown to another ${other}`;
  throw new ThingError('invalid', `The credentials ${message}`, { faults: [{ path: '/credentials', message }] });
}

/** Settings with those that are changed; an empty text takes one away. */
export function changedSettings(before: Settings, change: Settings): Settings {
  return Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== ''));
}

function demandFit(kind: string, schema: t.TObject, settings: object): void {
  const check = compileCheck(schema);
  if (check.fits(settings)) return;
  const faults = check.faults(settings);
  const why = faults.map(({ path, message }) => `${path.slice(1)} ${message}`.trimStart()).join('; ');
  throw new ThingError('invalid', `A device of kind '${kind}' cannot be set up so: ${why}`, { faults });
}
