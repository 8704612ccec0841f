import { expect } from 'chai';
import * as t from 'typebox';
import {
  type Description,
  defineThing,
  describe as describeThing,
  type FormTarget,
  type OperationName,
  type Security,
  TD_CONTEXT,
  toThingModel,
} from '../src/index.js';

const Boiler = defineThing({
  title: 'Boiler',
  titles: { en: 'Boiler', de: 'Kessel' },
  description: 'Heats water',
  descriptions: { en: 'Heats water', de: 'Erhitzt Wasser' },
  '@type': ['saref:Device', 'x:Boiler'],
  prefixes: { saref: 'https://saref.etsi.org/core/', x: 'https://example.com/' },
  version: '1.2.0',
  support: 'mailto:help@example.com',
  links: [{ href: 'https://example.com/manual.pdf', rel: 'service-doc', type: 'application/pdf' }],
  properties: {
    temperature: {
      title: 'Temperature',
      titles: { en: 'Temperature' },
      '@type': 'saref:Temperature',
      schema: t.Number({ unit: 'degree celsius', minimum: 0, maximum: 100, description: 'Of the water' }),
      readOnly: true,
      uriVariables: { decimals: t.Integer({ minimum: 0 }) },
    },
    target: { schema: t.Integer() },
    pin: { schema: t.String(), writeOnly: true },
    serial: { schema: t.String(), readOnly: true, observable: false },
  },
  actions: {
    heat: { input: t.Object({ to: t.Number() }), output: t.Number(), progress: t.Number(), idempotent: true },
    flush: { cancelable: false },
    report: { synchronous: true, safe: true, output: t.String(), uriVariables: { from: t.String() } },
  },
  events: { boiled: { description: 'It boils', data: t.Number() }, alarm: {} },
});

const NO_SECURITY: Security = { definitions: { none: { scheme: 'nosec' } }, thing: 'none' };

const plain: Description = {
  thing: { id: 'urn:b', name: 'b' },
  base: 'http://h/things/b/',
  security: NO_SECURITY,
  profiles: [],
  builders: [({ kind, name, operations }) => [{ href: `${kind}s/${name}`, op: operations }]],
  may: () => true,
};

/** What each affordance offers, by kind and name. */
function offered(may: Description['may']): Readonly<Record<string, readonly OperationName[]>> {
  const targets: FormTarget[] = [];
  describeThing(Boiler, {
    ...plain,
    may,
    builders: [
      (target) => {
        targets.push(target);
        return [];
      },
    ],
  });
  return Object.fromEntries(targets.map(({ kind, name, operations }) => [`${kind} ${name}`, operations]));
}

describe('A Thing Description', () => {
  it('says what the Thing is', () => {
    const td = describeThing(Boiler, plain);
    expect(td).to.deep.include({
      '@context': [TD_CONTEXT, Boiler.prefixes],
      '@type': ['saref:Device', 'x:Boiler'],
      id: 'urn:b',
      title: 'Boiler',
      titles: Boiler.titles,
      description: 'Heats water',
      descriptions: Boiler.descriptions,
      version: { instance: '1.2.0', model: '1.2.0' },
      support: 'mailto:help@example.com',
      base: 'http://h/things/b/',
      links: Boiler.links,
    });
    expect(td).to.not.have.any.keys('profile', 'schemaDefinitions', 'prefixes');
  });

  it('says nothing that the Model does not', () => {
    expect(describeThing({ title: 'Empty' }, { ...plain, builders: [] })).to.deep.equal({
      '@context': [TD_CONTEXT],
      id: 'urn:b',
      title: 'Empty',
      base: 'http://h/things/b/',
      securityDefinitions: { none: { scheme: 'nosec' } },
      security: 'none',
    });
  });

  it('says of a property its schema, what can be done with it, and its URI variables', () => {
    const { properties } = describeThing(Boiler, plain);
    expect(properties?.temperature).to.deep.equal({
      type: 'number',
      unit: 'degree celsius',
      minimum: 0,
      maximum: 100,
      description: 'Of the water',
      '@type': 'saref:Temperature',
      title: 'Temperature',
      titles: { en: 'Temperature' },
      readOnly: true,
      observable: true,
      uriVariables: { decimals: { type: 'integer', minimum: 0 } },
      forms: [{ href: 'propertys/temperature', op: ['readproperty', 'observeproperty', 'unobserveproperty'] }],
    });
    expect(properties?.pin).to.include({ writeOnly: true, observable: false });
    expect(properties?.serial).to.include({ readOnly: true, observable: false });
  });

  it('says of an action what goes in and out, and how it runs', () => {
    const { actions } = describeThing(Boiler, plain);
    expect(actions?.heat).to.deep.equal({
      input: { type: 'object', required: ['to'], properties: { to: { type: 'number' } } },
      output: { type: 'number' },
      safe: false,
      idempotent: true,
      synchronous: false,
      forms: [{ href: 'actions/heat', op: ['invokeaction', 'queryaction', 'cancelaction'] }],
    });
    expect(actions?.report).to.deep.equal({
      output: { type: 'string' },
      safe: true,
      idempotent: false,
      synchronous: true,
      uriVariables: { from: { type: 'string' } },
      forms: [{ href: 'actions/report', op: ['invokeaction'] }],
    });
  });

  it('says of an event what it carries', () => {
    const { events } = describeThing(Boiler, plain);
    expect(events?.boiled).to.deep.equal({
      description: 'It boils',
      data: { type: 'number' },
      forms: [{ href: 'events/boiled', op: ['subscribeevent', 'unsubscribeevent'] }],
    });
    expect(Object.keys(events ?? {})).to.deep.equal(['boiled', 'alarm', 'actionStatus']);
    expect(events?.alarm).to.not.have.property('data');
  });

  it('offers for each affordance, and for the whole Thing in one form, what can be done', () => {
    const subscribe = ['subscribeevent', 'unsubscribeevent'];
    expect(offered(() => true)).to.deep.equal({
      'property temperature': ['readproperty', 'observeproperty', 'unobserveproperty'],
      'property target': ['readproperty', 'writeproperty', 'observeproperty', 'unobserveproperty'],
      'property pin': ['writeproperty'],
      'property serial': ['readproperty'],
      'action heat': ['invokeaction', 'queryaction', 'cancelaction'],
      'action flush': ['invokeaction', 'queryaction'],
      'action report': ['invokeaction'],
      'event boiled': subscribe,
      'event alarm': subscribe,
      'event actionStatus': subscribe,
      'thing ': [
        'readallproperties',
        'readmultipleproperties',
        'writeallproperties',
        'writemultipleproperties',
        'observeallproperties',
        'unobserveallproperties',
        'queryallactions',
        'subscribeallevents',
        'unsubscribeallevents',
      ],
    });
    expect(describeThing(Boiler, plain).forms).to.have.lengthOf(1);
  });

  it('offers for the whole Thing only what makes sense for it', () => {
    const { forms } = describeThing({ title: 'E', events: { e: {} } }, plain);
    expect(forms?.map(({ op }) => op)).to.deep.equal([['subscribeallevents', 'unsubscribeallevents']]);
    expect(describeThing({ title: 'Empty' }, plain)).to.not.have.property('forms');
  });

  it('leaves out the operations that the reader may not do, and what is left without any', () => {
    const may = (operation: OperationName, affordance?: string): boolean =>
      affordance !== 'target' && affordance !== 'flush' && !/^(write|cancel|subscribe)/.test(operation);
    const left = offered(may);
    expect(left).to.deep.equal({
      'property temperature': ['readproperty', 'observeproperty', 'unobserveproperty'],
      'property serial': ['readproperty'],
      'action heat': ['invokeaction', 'queryaction'],
      'action report': ['invokeaction'],
      'thing ': [
        'readallproperties',
        'readmultipleproperties',
        'observeallproperties',
        'unobserveallproperties',
        'queryallactions',
      ],
    });
    const td = describeThing(Boiler, { ...plain, may });
    expect(Object.keys(td.properties ?? {})).to.deep.equal(['temperature', 'serial']);
    expect(td).to.not.have.property('events');
  });

  it('does not ask whether a stream may be ended', () => {
    const asked = new Set<OperationName>();
    offered((operation) => asked.add(operation).size > 0);
    expect([...asked].filter((operation) => operation.startsWith('un'))).to.deep.equal([]);
  });

  it('tells a binding all that it needs for its forms', () => {
    const targets = new Map<string, FormTarget>();
    const keep = (target: FormTarget) => {
      targets.set(target.name, target);
      return [];
    };
    describeThing(Boiler, { ...plain, builders: [keep] });
    const shared = { thing: plain.thing, base: plain.base, security: NO_SECURITY };
    expect(targets.get('report')).to.deep.equal({
      ...shared,
      kind: 'action',
      name: 'report',
      operations: ['invokeaction'],
      synchronous: true,
      uriVariables: ['from'],
    });
    expect(targets.get('heat')?.synchronous).to.equal(false);
    expect(targets.get('alarm')).to.not.have.property('synchronous');
  });

  it('leaves out an affordance that no binding serves', () => {
    const only: Description['builders'] = [({ name }) => (name === 'alarm' ? [{ href: 'x' }] : [])];
    const td = describeThing(Boiler, { ...plain, builders: only });
    expect(td.events).to.have.all.keys('alarm');
    expect(td).to.not.have.any.keys('properties', 'actions', 'forms');
  });

  it('defines the security schemes that are used, and those that they are made of, no other', () => {
    const security: Security = {
      definitions: {
        basic: { scheme: 'basic', name: 'Authorization' },
        ticket: { scheme: 'bearer', in: 'query', name: 'access_token' },
        nested: { scheme: 'combo', allOf: ['ticket'] },
        either: { scheme: 'combo', oneOf: ['basic', 'nested'] },
        unused: { scheme: 'nosec' },
      },
      thing: 'basic',
      websocket: 'either',
    };
    const of = (builders: Description['builders']) => describeThing(Boiler, { ...plain, security, builders });
    expect(of([() => [{ href: 'x' }]])).to.deep.include({
      security: 'basic',
      securityDefinitions: { basic: security.definitions.basic },
    });
    const { unused, ...used } = security.definitions;
    expect(unused).to.deep.equal({ scheme: 'nosec' });
    expect(of([() => [{ href: 'x', security: 'either' }]]).securityDefinitions).to.deep.equal(used);
    expect(of([() => [{ href: 'x', security: ['either'] }]]).securityDefinitions).to.deep.equal(used);
  });

  it('binds the prefix of HTTP terms where they are used, and names the schema of error bodies', () => {
    const builders: Description['builders'] = [
      () => [
        {
          href: 'x',
          'htv:methodName': 'GET',
          additionalResponses: [{ contentType: 'application/problem+json', schema: 'problem' }],
        },
      ],
    ];
    const td = describeThing(Boiler, { ...plain, builders, profiles: ['https://p.example'] });
    expect(td['@context']).to.deep.equal([TD_CONTEXT, { htv: 'http://www.w3.org/2011/http#', ...Boiler.prefixes }]);
    expect(td.schemaDefinitions).to.have.all.keys('problem');
    expect(td.profile).to.deep.equal(['https://p.example']);
  });

  it('says in which language its words are, if the Model does', () => {
    const td = describeThing(defineThing({ title: 'Kessel', language: 'de' }), plain);
    expect(td['@context']).to.deep.equal([TD_CONTEXT, { '@language': 'de' }]);
  });

  it('keeps affordances named as the members of a prototype', () => {
    const odd = defineThing({
      title: 'Odd',
      properties: { ['__proto__']: { schema: t.Null() }, constructor: { schema: t.Null() } },
    });
    const td = describeThing(odd, plain);
    expect(Object.keys(td.properties ?? {})).to.deep.equal(['__proto__', 'constructor']);
    expect(Object.keys(JSON.parse(JSON.stringify(td)).properties)).to.deep.equal(['__proto__', 'constructor']);
  });
});

describe('A Thing Model', () => {
  it('says what all Things of a Model share: no id, no forms, no security, no instance', () => {
    const model = toThingModel(Boiler);
    expect(model).to.deep.include({
      '@context': [TD_CONTEXT, Boiler.prefixes],
      '@type': ['tm:ThingModel', 'saref:Device', 'x:Boiler'],
      title: 'Boiler',
      version: { model: '1.2.0' },
      links: Boiler.links,
    });
    expect(model).to.not.have.any.keys('id', 'base', 'forms', 'security', 'securityDefinitions');
    expect(JSON.stringify(model)).to.not.contain('"forms"');
    expect(Object.keys(Object(model.events))).to.deep.equal(['boiled', 'alarm', 'actionStatus']);
  });

  it('says the same of each affordance as a Thing Description does', () => {
    const model = toThingModel(Boiler);
    const td = describeThing(Boiler, plain);
    for (const kind of ['properties', 'actions', 'events'] as const) {
      const bare = Object.entries(td[kind] ?? {}).map(([name, { forms, ...terms }]) => {
        expect(forms).to.have.lengthOf(1);
        return [name, terms];
      });
      expect(model[kind]).to.deep.equal(Object.fromEntries(bare));
    }
  });

  it('has little to say of a Model that says little', () => {
    expect(toThingModel({ title: 'Empty' })).to.deep.equal({
      '@context': [TD_CONTEXT],
      '@type': 'tm:ThingModel',
      title: 'Empty',
    });
  });
});
