import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { checkDescription, fieldOf } from '../src/description-check.js';
import { SIZE_LIMITS } from '../src/description-size.js';
import { pump } from './library.js';

const NOW = Date.parse('2026-03-04T06:00:00Z');
const check = (given: unknown) => checkDescription(given, { size: SIZE_LIMITS, isOwn: () => false, now: NOW });

/** The code of the refusal, and the fields that it names. */
function refusalOf(given: unknown): readonly [string, readonly string[]] {
  try {
    check(given);
    return ['none', []];
  } catch (error) {
    if (!(error instanceof ThingError)) throw error;
    return [error.code, (error.faults ?? []).map(({ path }) => fieldOf(path))];
  }
}

describe('checkDescription', () => {
  it('takes registration information apart from the rest', () => {
    const td = pump({ tag: 'x' });
    expect(check({ ...td, registration: { ttl: 60, created: 'whenever' } })).to.deep.equal({
      td,
      wish: { ttl: 60 },
      id: td.id,
    });
    const { id: _, ...anonymous } = td;
    expect(check(anonymous)).to.deep.equal({ td: anonymous, wish: {}, id: undefined });
    const expires = '2026-03-04T08:00:00.5+01:00';
    expect(check({ ...td, registration: { expires } }).wish).to.deep.equal({ expires: NOW + 3_600_500 });
  });

  it('names all that is wrong, as many as help', () => {
    const [code, fields] = refusalOf({
      ...pump({ title: 7, security: [], base: 'data:x' }),
      registration: { ttl: -1 },
    });
    expect(code).to.equal('invalid');
    expect(fields).to.include.members(['title', 'security', 'base', 'registration.ttl']);
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`p${i}`, { forms: 7 }]));
    expect(refusalOf(pump({ properties: many }))[1]).to.have.length(100);
  });

  it('refuses ids that are no absolute URI', () => {
    for (const id of [
      'lamp',
      '/things/lamp',
      'urn:',
      'urn:a b',
      'urn:a\nb',
      'urn:<b>',
      7,
      '',
      'http://[',
      `urn:${'x'.repeat(1100)}`,
    ]) {
      expect(refusalOf(pump({ id }))[1], String(id)).to.include('id');
    }
  });

  it('comes to an end with what was made to be slow', () => {
    const nested = (depth: number): object =>
      depth === 0 ? { type: 7 } : { type: 'array', items: [nested(depth - 1)] };
    const wide = (count: number, make: (i: number) => unknown): object =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, make(i)]));
    const form = { href: 'http://192.0.2.1/' };
    const bombs: Readonly<Record<string, readonly [object, string]>> = {
      deep: [{ properties: { a: nested(50) } }, 'tooLarge'],
      'deep and wide': [{ properties: wide(300, () => ({ ...nested(15), forms: [form] })) }, 'invalid'],
      forms: [{ properties: wide(2500, () => ({ forms: [{ href: 7, op: 'x' }] })) }, 'invalid'],
      schemes: [{ securityDefinitions: wide(101, () => ({ scheme: 'x' })) }, 'tooLarge'],
      'few schemes': [{ securityDefinitions: wide(100, () => ({ scheme: 'x' })) }, 'invalid'],
      values: [{ many: Array.from({ length: 20_001 }, () => 1) }, 'tooLarge'],
      bytes: [{ description: 'ü'.repeat(300_000) }, 'tooLarge'],
      languages: [{ titles: { ['a-'.repeat(60_000)]: 'x' } }, 'none'],
      hosts: [{ base: `http://${'a.'.repeat(100_000)}!/` }, 'none'],
    };
    for (const [name, [change, code]] of Object.entries(bombs)) expect(refusalOf(pump(change))[0], name).to.equal(code);
  });
});
