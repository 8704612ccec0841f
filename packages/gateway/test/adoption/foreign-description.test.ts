import { ThingError } from '@thingwright/core';
import { expect } from 'chai';
import { checkForeignDescription, checkHosts, schemesOf } from '../../src/adoption/foreign-description.js';
import { createReachableAddresses } from '../../src/adoption/reachable-addresses.js';

const td = {
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  title: 'Pump',
  security: 'nosec_sc',
  securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
  properties: { level: { type: 'integer', forms: [{ href: 'http://pump.example/level' }] } },
};

const refusal = (given: unknown, from?: string): ThingError => {
  try {
    checkForeignDescription(given, from);
  } catch (error) {
    if (error instanceof ThingError) return error;
    throw error;
  }
  throw new Error('it was not refused');
};

const deep = (depth: number): unknown => {
  let schema: object = { type: 'string' };
  for (let n = 0; n < depth; n++) schema = { type: 'array', items: schema };
  return schema;
};

describe('checkForeignDescription', () => {
  it('gives a TD with an absolute base, that of its URL where it has none', () => {
    expect(checkForeignDescription(td)).to.deep.equal(td);
    expect(checkForeignDescription(td, 'http://pump.example/td')).to.include({ base: 'http://pump.example/td' });
    expect(checkForeignDescription({ ...td, base: '/v1/' }, 'http://pump.example/td').base).to.equal(
      'http://pump.example/v1/',
    );
  });

  it('refuses what is no Thing Description', () => {
    for (const given of [
      ...[undefined, null, 7, 'td', [], {}],
      ...[
        { ...td, title: '' },
        { ...td, title: 7 },
        { ...td, security: 7 },
        { ...td, id: 7 },
        { ...td, base: 7 },
      ],
      ...[
        { ...td, securityDefinitions: undefined },
        { ...td, forms: {} },
        { ...td, base: 'nowhere' },
      ],
    ]) {
      expect(refusal(given).code, JSON.stringify(given)).to.equal('invalid');
    }
  });

  it('refuses affordances without usable forms, and names them', () => {
    const level = (property: unknown) => refusal({ ...td, properties: { level: property } });
    for (const property of [
      ...[7, {}, { forms: [] }, { forms: 7 }, { forms: [7] }, { forms: [{}] }, { forms: [{ href: 7 }] }],
      ...[{ forms: [{ href: 'level' }] }, { forms: [{ href: 'urn:level' }] }, { forms: [{ href: 'http://[' }] }],
    ]) {
      const { code, detail } = level(property);
      expect(code, JSON.stringify(property)).to.equal('invalid');
      expect(detail).to.include("property 'level' of 'Pump'");
    }
    expect(refusal({ ...td, actions: [] }).code).to.equal('invalid');
    expect(refusal({ ...td, forms: [{ href: 'all' }] }).detail).to.include("The Thing is at 'all'");
  });

  it('refuses what is huge: characters, values, depth, affordances', () => {
    const many = (count: number, make: (n: number) => unknown) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`p${n}`, make(n)]));
    const forms = [{ href: 'http://pump.example/' }];
    for (const given of [
      { ...td, description: 'x'.repeat(600_000) },
      { ...td, properties: many(1001, () => ({ forms })) },
      { ...td, properties: { bomb: { forms, oneOf: Array.from({ length: 30_000 }, () => ({})) } } },
      { ...td, properties: { bomb: { forms, items: deep(50) } } },
      { ...td, properties: { bomb: { forms, items: deep(100_000) } } },
    ]) {
      expect(refusal(given).code).to.equal('tooLarge');
    }
  });

  it('refuses security that it cannot keep, or that sends credentials elsewhere', () => {
    const secured = (scheme: object) => refusal({ ...td, security: 's', securityDefinitions: { s: scheme } });
    expect(secured({ scheme: 'oauth2', token: 'http://evil.example' }).detail).to.include('oauth2');
    expect(secured({ scheme: 'basic', proxy: 'http://evil.example' }).detail).to.include('proxy');
    expect(secured({ scheme: 'combo', oneOf: ['missing'] }).detail).to.include("'missing'");
    expect(refusal({ ...td, security: 'toString' }).code).to.equal('invalid');
    const combination = { c: { scheme: 'combo', oneOf: ['b'] }, b: { scheme: 'bearer' } };
    const checked = checkForeignDescription({ ...td, security: ['c'], securityDefinitions: combination });
    expect(schemesOf(checked).map(({ scheme }) => scheme)).to.deep.equal(['combo', 'bearer']);
  });

  it('leaves out of a choice what it cannot keep, such as the access tokens of another gateway', () => {
    const securityDefinitions = {
      s: { scheme: 'combo', oneOf: ['b', 'o'] },
      b: { scheme: 'bearer' },
      o: { scheme: 'oauth2', flow: 'client', token: 'http://evil.example' },
    };
    const checked = checkForeignDescription({ ...td, security: 's', securityDefinitions });
    expect(schemesOf(checked).map(({ scheme }) => scheme)).to.deep.equal(['combo', 'bearer']);
    for (const s of [
      { scheme: 'combo', oneOf: ['o'] },
      { scheme: 'combo', allOf: ['b', 'o'] },
    ]) {
      const { detail } = refusal({ ...td, security: 's', securityDefinitions: { ...securityDefinitions, s } });
      expect(detail).to.include('oauth2');
    }
  });
});

describe('checkHosts', () => {
  const addresses = createReachableAddresses(['127.0.0.0/8']);
  const at = (...hosts: readonly string[]) =>
    checkForeignDescription({
      ...td,
      properties: { level: { forms: hosts.map((host) => ({ href: `coap://${host}/level` })) } },
    });
  const codeOf = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'done',
      (error: unknown) => (error instanceof ThingError ? error.code : error),
    );

  it('refuses a Thing one of whose forms leads where it may not', async () => {
    const check = { addresses, credentials: undefined, from: undefined };
    expect(await codeOf(checkHosts(at('127.0.0.1', '127.0.0.2:99'), check))).to.equal('done');
    expect(await codeOf(checkHosts(at('127.0.0.1', '10.0.0.1'), check))).to.equal('forbidden');
    expect(await codeOf(checkHosts(at(...Array.from({ length: 17 }, (_, n) => `127.0.0.${n}`)), check))).to.equal(
      'tooLarge',
    );
  });

  it('sends credentials to one host alone, that of the TD', async () => {
    const check = { addresses, credentials: { token: 'secret' } };
    expect(await codeOf(checkHosts(at('127.0.0.1:1', '127.0.0.1:2'), { ...check, from: undefined }))).to.equal('done');
    expect(await codeOf(checkHosts(at('127.0.0.1', '127.0.0.2'), { ...check, from: undefined }))).to.equal('invalid');
    expect(await codeOf(checkHosts(at('127.0.0.1'), { ...check, from: 'http://127.0.0.2/td' }))).to.equal('invalid');
    expect(await codeOf(checkHosts(at('127.0.0.1'), { ...check, from: 'http://127.0.0.1/td' }))).to.equal('done');
  });

  it('sends none in the clear where the TD came encrypted', async () => {
    const check = { addresses, credentials: { token: 'secret' }, from: 'HTTPS://127.0.0.1/td' };
    expect(await codeOf(checkHosts(at('127.0.0.1'), check))).to.equal('invalid');
    expect(await codeOf(checkHosts(at('127.0.0.1'), { ...check, credentials: undefined }))).to.equal('done');
    const properties = { level: { forms: [{ href: 'https://127.0.0.1/level' }] } };
    expect(await codeOf(checkHosts(checkForeignDescription({ ...td, properties }), check))).to.equal('done');
  });
});
