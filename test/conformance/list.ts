import { readFileSync } from 'node:fs';
import * as t from 'typebox';
import { Compile } from 'typebox/compile';

const Row = t.Object(
  {
    id: t.String(),
    level: t.Enum(['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'RECOMMENDED', 'NOTE']),
    part: t.String(),
    who: t.Enum(['Thing', 'Both', 'Producer', 'Directory', 'Consumer']),
    notOffered: t.Optional(t.String()),
    shortfall: t.Optional(t.String()),
    follows: t.Optional(t.Array(t.String())),
  },
  { additionalProperties: false },
);

const List = t.Object({ name: t.String(), title: t.String(), source: t.String(), rows: t.Array(Row) });

/**
 * One statement of a standard: its id and level. `notOffered` tells why it does not count here: the feature is not
 * offered. `shortfall` tells why a row with SHOULD is not met. `follows` names parts (`list/part`) whose MUST rows decide on it: "meets the profile" needs no test of its own.
 */
export type Row = t.Static<typeof Row>;

/** The statements of one standard that concern what is tested here. */
export type List = t.Static<typeof List>;

const check = Compile(List);

/** Reads the committed lists. @throws TypeError for one that is none. */
export function readLists(): readonly List[] {
  return ['wtp', 'profile', 'td', 'discovery'].map((name) => {
    const list: unknown = JSON.parse(readFileSync(new URL(`lists/${name}.json`, import.meta.url), 'utf8'));
    if (!check.Check(list)) throw new TypeError(`lists/${name}.json: ${JSON.stringify(check.Errors(list)[0])}`);
    const wrong = list.rows.find(({ level, shortfall }) => shortfall !== undefined && level.startsWith('MUST'));
    if (wrong) throw new TypeError(`lists/${name}.json: ${wrong.id} is a MUST, which cannot fall short`);
    return list;
  });
}
