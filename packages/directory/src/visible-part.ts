import { isMembers, type Members } from '@thingwright/core';
import type { MaySee } from './access.js';

/** The operations of a form that names none (TD 1.1, section 5.3.4.2), by the group of its affordance. */
const DEFAULT_OPERATIONS: Readonly<Record<string, (affordance: Members) => readonly string[]>> = {
  properties: ({ readOnly, writeOnly }) => [
    ...(writeOnly === true ? [] : ['readproperty']),
    ...(readOnly === true ? [] : ['writeproperty']),
  ],
  actions: () => ['invokeaction'],
  events: () => ['subscribeevent', 'unsubscribeevent'],
};

/**
 * A TD without what somebody may not see, as the own ones are described: operations, forms that have no others, and affordances that have no
 * other forms.
 */
export function visiblePart(td: Members, maySee: MaySee): Members {
  const groups = Object.entries(DEFAULT_OPERATIONS).map(([group, defaults]) => {
    const affordances = Object.entries(isMembers(td[group]) ? td[group] : {}).flatMap(([name, affordance]) => {
      if (!isMembers(affordance)) return [];
      const forms = visibleForms(affordance.forms, defaults(affordance), (operation) => maySee(operation, name));
      return forms.length > 0 ? [[name, { ...affordance, forms }] as const] : [];
    });
    return [group, affordances.length > 0 ? Object.fromEntries(affordances) : undefined] as const;
  });
  const forms = visibleForms(td.forms, [], maySee);
  const seen: Members = { ...Object.fromEntries(groups), forms: forms.length > 0 ? forms : undefined };
  const members = Object.entries(td).map(([name, value]) => [name, Object.hasOwn(seen, name) ? seen[name] : value]);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

function visibleForms(
  forms: unknown,
  defaults: readonly string[],
  maySee: (operation: string) => boolean,
): readonly Members[] {
  const all: readonly unknown[] = Array.isArray(forms) ? forms : [];
  return all.flatMap((form) => {
    if (!isMembers(form)) return [];
    const operations = form.op === undefined ? defaults : [form.op].flat().filter((op) => typeof op === 'string');
    const seen = operations.filter((operation) => maySee(operation));
    if (seen.length === 0) return [];
    return [seen.length === operations.length ? form : { ...form, op: seen }];
  });
}
