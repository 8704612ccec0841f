import { expect } from 'chai';
import { compileCheck } from '../src/checks/index.js';
import { createSite, modelOfDescription, ThingError } from '../src/index.js';

const AS_THEY_ARE = { keepsAsynchronous: true, observesAll: false };

const td = {
  '@context': ['https://www.w3.org/2022/wot/td/v1.1', { saref: 'https://w3id.org/saref#', '@language': 'en' }],
  title: 'Pump',
  description: 'It pumps',
  properties: {
    speed: {
      type: 'integer',
      title: 'Speed',
      minimum: 0,
      maximum: 9,
      unit: 'rpm',
      observable: true,
      forms: [{ href: 'x' }],
      anyOf: [{}],
    },
    key: { type: 'string', writeOnly: true, forms: [] },
    state: {
      type: 'object',
      readOnly: true,
      properties: { on: { type: 'boolean' }, list: { type: 'array', items: { type: ['string', 'null'] } } },
      required: ['on'],
    },
  },
  actions: {
    prime: { input: { type: 'integer' }, output: { type: 'string' }, uriVariables: { n: { type: 'integer' } } },
    flush: { synchronous: false, safe: true, output: { type: 'string' } },
  },
  events: { dry: { data: { type: 'string' } }, actionStatus: { data: { type: 'object' } } },
};

describe('modelOfDescription', () => {
  it('reads properties with their schemas, without what a Model cannot say', () => {
    const { title, description, prefixes, properties } = modelOfDescription(td, AS_THEY_ARE);
    expect({ title, description, prefixes }).to.deep.equal({
      title: 'Pump',
      description: 'It pumps',
      prefixes: { saref: 'https://w3id.org/saref#' },
    });
    expect(properties?.speed).to.deep.equal({
      schema: { type: 'integer', minimum: 0, maximum: 9, unit: 'rpm' },
      title: 'Speed',
      observable: true,
    });
    expect(properties?.key).to.deep.equal({ schema: { type: 'string' }, writeOnly: true });
    expect(properties?.state).to.deep.include({ readOnly: true, observable: false });
    expect(properties?.state?.schema).to.deep.equal({
      type: 'object',
      required: ['on'],
      properties: { on: { type: 'boolean' }, list: { type: 'array', items: {} } },
    });
  });

  it('takes an action for synchronous unless the TD denies it', () => {
    const { actions, events } = modelOfDescription(td, AS_THEY_ARE);
    expect(actions?.prime).to.deep.include({ synchronous: true, uriVariables: { n: { type: 'integer' } } });
    expect(actions?.flush).to.deep.include({ synchronous: false, cancelable: false, safe: true });
    expect(Object.keys(events ?? {})).to.deep.equal(['dry']);
  });

  it('answers at the end, and observes all, where it is told to', () => {
    const { actions, properties, events } = modelOfDescription(td, { keepsAsynchronous: false, observesAll: true });
    expect(actions?.flush).to.include({ synchronous: true }).and.not.to.have.property('output');
    expect(properties?.state?.observable).to.equal(true);
    expect(Object.keys(events ?? {})).to.deep.equal(['dry', 'actionStatus']);
  });

  it('gives a Model that a Site can open', async () => {
    await using site = createSite({ compileCheck });
    const model = modelOfDescription(td, AS_THEY_ARE);
    const implement = () => ({ properties: new Map(), actions: new Map(), events: new Map() });
    expect(site.add('pump', { model, implement }).model.title).to.equal('Pump');
  });

  it('makes the best of a description that lies', () => {
    expect(modelOfDescription({ title: 7, properties: 7, actions: { a: 7 }, events: null }, AS_THEY_ARE)).to.deep.equal(
      {
        title: 'Thing',
        properties: {},
        actions: {},
        events: {},
      },
    );
  });

  it('checks by no regular expression of a stranger', () => {
    const text = { type: 'string', pattern: '(a+)+$', maxLength: 9 };
    const properties = { name: text, pattern: { type: 'object', properties: { pattern: text } } };
    const strange = { title: 'Odd', properties, actions: { call: { input: text, uriVariables: { n: text } } } };
    const model = modelOfDescription(strange, { ...AS_THEY_ARE, checksPatterns: false });
    expect(JSON.stringify(model)).to.include('"maxLength":9').and.not.include('(a+)+');
    expect(model.properties).to.have.all.keys('name', 'pattern');
    expect(JSON.stringify(modelOfDescription(strange, AS_THEY_ARE))).to.include('(a+)+');
  });

  it('refuses what cannot be served, with the reason', () => {
    const wrong = { title: 'Odd', properties: { '': { type: 'string' } } };
    expect(() => modelOfDescription(wrong, AS_THEY_ARE)).to.throw(ThingError, "'Odd' cannot be served");
  });
});
