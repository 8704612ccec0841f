import { expect } from 'chai';
import { changed, collectDescriptions, type Described } from '../fixture/descriptions.js';
import { descriptionFaults } from '../fixture/schemas.js';

type Path = readonly (string | number)[];

/** A row that the schema decides: the sentence, and ways to break it that the schema has to find. */
type Case = readonly [ids: string, sentence: string, breaks: readonly (readonly [path: Path, member: unknown])[]];

const ANGLE_FORM: Path = ['properties', 'angle', 'forms', 0];

const each = (paths: readonly Path[], members: readonly unknown[]) =>
  paths.flatMap((path) => members.map((member) => [path, member] as const));

const CASES: readonly Case[] = [
  ['td-string-type', 'strings are JSON strings', each([['title'], ['base'], [...ANGLE_FORM, 'href']], [5, null])],
  ['td-number-type', 'doubles are JSON numbers', each([['properties', 'angle', 'minimum']], ['0', true])],
  ['td-boolean-type', 'booleans are JSON booleans', each([['properties', 'wind', 'readOnly']], ['true', 1])],
  ['td-array-type', 'arrays are JSON arrays', each([['links'], ['properties', 'angle', 'forms']], [{ 0: {} }])],
  ['td-map-type', 'maps are JSON objects', each([['properties'], ['securityDefinitions']], [[], 'x'])],
  ['td-class-type', 'instances of classes are JSON objects', each([['properties', 'angle'], ANGLE_FORM], ['x', []])],
  [
    'td-objects',
    'what is named is in objects',
    each(
      [
        ['version'],
        ['securityDefinitions'],
        ['descriptions'],
        ['schemaDefinitions'],
        ['properties', 'forecast', 'uriVariables'],
        ['properties'],
        ['actions'],
        ['events'],
      ],
      ['x', 5],
    ),
  ],
  ['td-arrays', 'links and forms are arrays of objects', each([['links'], ['forms']], [{}, ['x']])],
  [
    'td-security-activation, td-vocab-security--Thing',
    'security is a name or names',
    each([['security']], [5, {}, [5]]),
  ],
  [
    'td-context',
    'the context is that of TD 1.1 or contains it',
    each([['@context']], ['https://example.com/ns', 5, ['https://example.com/ns']]),
  ],
  ['td-vocab-at-context--Thing', 'there is a context', [[['@context'], undefined]]],
  ['td-vocab-title--Thing', 'there is a title', [[['title'], undefined]]],
  ['td-multilanguage-value', 'titles by language are strings', each([['titles', 'en']], [5, {}])],
  ['td-multi-languages', 'titles by language are an object', each([['titles'], ['descriptions']], ['x', []])],
  ['td-version', 'the version is told in its own members', each([['version', 'instance']], [1, {}])],
  ['td-vocab-instance--VersionInfo', 'a version has an instance', [[['version', 'instance'], undefined]]],
  ['td-security-mandatory', 'a security definition is activated', each([['security']], [undefined, []])],
  ['td-security', 'security definitions are named schemes', each([['securityDefinitions']], [[], 'x', { a: 'x' }])],
  ['td-vocab-securityDefinitions--Thing', 'there are security definitions', [[['securityDefinitions'], undefined]]],
  [
    'td-security-schemes',
    'schemes use their own members',
    each([['securityDefinitions', 'basic_sc', 'in']], [5, 'hat']),
  ],
  [
    'td-security-combo-exclusive-oneof-or-allof, td-vocab-oneOf--ComboSecurityScheme',
    'a combination has oneOf, of two names or more, and not allOf besides',
    [
      [
        ['securityDefinitions', 'ws_sc', 'allOf'],
        ['basic_sc', 'bearer_sc'],
      ],
      [['securityDefinitions', 'ws_sc', 'oneOf'], undefined],
      [['securityDefinitions', 'ws_sc', 'oneOf'], ['basic_sc']],
    ],
  ],
  [
    'td-security-scheme-name, td-vocab-scheme--SecurityScheme',
    'each scheme is one that the vocabulary has',
    each([['securityDefinitions', 'basic_sc', 'scheme']], ['secret', 5, undefined]),
  ],
  ['td-properties', 'properties are named objects', each([['properties']], [[], [{}], 'x'])],
  ['td-property-names', 'properties use their own members', each([['properties', 'angle', 'observable']], ['yes', 1])],
  ['td-property-arrays', 'a property has forms', each([['properties', 'angle', 'forms']], [[], {}, ['x']])],
  ['td-actions', 'actions are named objects', each([['actions']], [[], [{}], 'x'])],
  ['td-action-names', 'actions use their own members', each([['actions', 'sweep', 'synchronous']], ['no', 0])],
  [
    'td-action-objects',
    'input and output are objects',
    each(
      [
        ['actions', 'sweep', 'input'],
        ['actions', 'sweep', 'output'],
      ],
      ['x', []],
    ),
  ],
  ['td-action-arrays', 'an action has forms', each([['actions', 'sweep', 'forms']], [[], {}, ['x']])],
  ['td-events', 'events are named objects', each([['events']], [[], [{}], 'x'])],
  ['td-event-names', 'events use their own members', each([['events', 'jammed', 'title']], [5, {}])],
  [
    'td-event-objects',
    'the schemas of an event are objects',
    each(
      ['data', 'subscription', 'dataResponse', 'cancellation'].map((member) => ['events', 'jammed', member]),
      ['x', []],
    ),
  ],
  ['td-event-arrays', 'an event has forms', each([['events', 'jammed', 'forms']], [[], {}, ['x']])],
  [
    'td-vocab-forms--InteractionAffordance',
    'there is no affordance without forms',
    each(
      [
        ['properties', 'angle', 'forms'],
        ['actions', 'sweep', 'forms'],
        ['events', 'jammed', 'forms'],
      ],
      [undefined],
    ),
  ],
  [
    'td-forms',
    'forms use their own members',
    each(
      [
        [...ANGLE_FORM, 'contentType'],
        [...ANGLE_FORM, 'op'],
      ],
      [5, {}],
    ),
  ],
  ['td-vocab-href--Form', 'a form has an href', [[[...ANGLE_FORM, 'href'], undefined]]],
  [
    'td-op-for-property',
    'forms of properties have operations of properties',
    each([[...ANGLE_FORM, 'op']], ['invokeaction', ['readallproperties']]),
  ],
  [
    'td-op-for-action',
    'forms of actions have operations of actions',
    each([['actions', 'sweep', 'forms', 0, 'op']], ['readproperty', ['queryallactions']]),
  ],
  [
    'td-op-for-event',
    'forms of events have operations of events',
    each([['events', 'jammed', 'forms', 0, 'op']], ['observeproperty', ['subscribeallevents']]),
  ],
  [
    'td-op-for-thing',
    'forms of the Thing have operations of the Thing',
    each([['forms', 0, 'op']], [undefined, 'readproperty', ['subscribeevent']]),
  ],
  [
    'well-known-operation-types-only',
    'no other operations occur',
    each(
      [
        [...ANGLE_FORM, 'op'],
        ['forms', 0, 'op'],
      ],
      ['observeaction', ['doproperty']],
    ),
  ],
  ['td-form-response-object', 'a response is an object', each([[...ANGLE_FORM, 'response']], ['x', []])],
  [
    'td-forms-response, td-vocab-contentType--ExpectedResponse',
    'a response says its media type',
    each([[...ANGLE_FORM, 'response']], [{}, { contentType: 5 }]),
  ],
  [
    'td-uriVariables-dataschema',
    'URI variables have schemas',
    each([['properties', 'forecast', 'uriVariables', 'hours']], ['x', { type: 'hour' }]),
  ],
  [
    'td-links',
    'links use their own members',
    each(
      [
        ['links', 0, 'type'],
        ['links', 0, 'rel'],
      ],
      [5, {}],
    ),
  ],
  ['td-vocab-href--Link', 'a link has an href', [[['links', 0, 'href'], undefined]]],
  [
    'td-data-schema',
    'data schemas use their own members',
    each(
      [
        ['properties', 'angle', 'type'],
        ['actions', 'sweep', 'input', 'type'],
      ],
      ['float', 5],
    ),
  ],
  [
    'td-data-schema-arrays',
    'enum, required and oneOf are arrays',
    [
      [['properties', 'mode', 'enum'], 'auto'],
      [['actions', 'sweep', 'input', 'required'], 'to'],
      [['properties', 'mode', 'oneOf'], {}],
    ],
  ],
  ['td-data-schema-objects-arrays', 'items is a schema or several', [[['properties', 'mode', 'items'], 'x']]],
];

describe('Thing Descriptions against the JSON Schema of the W3C', () => {
  let all: readonly [Described, ...Described[]];
  before(async () => {
    all = await collectDescriptions();
  });

  for (const [ids, sentence, breaks] of CASES) {
    it(`${ids}: ${sentence}`, () => {
      for (const { from, td } of all) expect(descriptionFaults(td), from).to.deep.equal([]);
      for (const [path, member] of breaks) {
        const broken = changed(all[0].td, path, member);
        expect(descriptionFaults(broken), `${path.join('/')}: ${JSON.stringify(member)}`).not.to.deep.equal([]);
      }
    });
  }

  it('td-context-toplevel: the terms of the Thing are members of the root', () => {
    for (const { from, td } of all) expect(descriptionFaults(td), from).to.deep.equal([]);
    expect(descriptionFaults({ thing: all[0].td })).not.to.deep.equal([]);
  });
});
