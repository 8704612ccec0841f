import { expect } from 'chai';
import { expectToFit } from '../fixture/checks.js';
import { at, isObject, type Message } from '../fixture/consumer.js';
import { changed, collectDescriptions, type Described, describedBy } from '../fixture/descriptions.js';
import { affordancesOf, formsOf } from '../fixture/forms.js';
import { OPERATOR, TICKET, VIEWER } from '../fixture/greenhouse.js';
import { textFaults } from '../fixture/json-text.js';
import { pointsToMeaning, unitsOf } from '../fixture/units.js';

/** A row that no JSON Schema decides: a check that finds what is wrong, and a TD that is wrong. */
interface Case {
  readonly ids: string;
  readonly sentence: string;
  readonly faults: (described: Described) => readonly unknown[];
  readonly breakIt: (good: Described) => Described;
}

const asList = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

const entries = (value: unknown): readonly (readonly [string, unknown])[] =>
  isObject(value) ? Object.entries(value) : [];

/** Every object in a value, itself included, with its path. */
function objectsIn(value: unknown, path = ''): readonly { readonly path: string; readonly object: Message }[] {
  if (Array.isArray(value)) return value.flatMap((member, i) => objectsIn(member, `${path}/${i}`));
  if (!isObject(value)) return [];
  const inner = Object.entries(value).flatMap(([name, member]) => objectsIn(member, `${path}/${name}`));
  return [{ path, object: value }, ...inner];
}

const contextMaps = (td: unknown): readonly Message[] => asList(at(td, '@context')).filter(isObject);

/** Everything that has words for people: the Thing, its affordances, its schemas. */
const withWords = (td: unknown) => objectsIn(td).filter(({ path }) => !path.endsWith('s/properties'));

const languageMaps = (td: unknown): readonly Message[] =>
  withWords(td).flatMap(({ object }) => [object.titles, object.descriptions].filter(isObject));

const words = (td: unknown): readonly string[] =>
  withWords(td).flatMap(({ object }) =>
    ['title', 'description', 'titles', 'descriptions']
      .flatMap((term) => (isObject(object[term]) ? Object.values(object[term]) : [object[term]]))
      .filter((text): text is string => typeof text === 'string'),
  );

/** Prefixes in names of members, in `@type`, in units. */
function prefixesIn(td: unknown): readonly string[] {
  const compact = objectsIn(td).flatMap(({ object, path }) => [
    ...(path.startsWith('/@context') ? [] : Object.keys(object)),
    ...asList(object['@type']),
    ...asList(object.unit),
  ]);
  return compact.flatMap((term) =>
    typeof term === 'string' && /^[A-Za-z][\w-]*:[^/]/.test(term) ? [term.split(':')[0] ?? ''] : [],
  );
}

function undefinedSchemes(td: unknown): readonly unknown[] {
  const definitions = new Map(entries(at(td, 'securityDefinitions')));
  const named = [
    ...asList(at(td, 'security')),
    ...formsOf(td).flatMap(({ form }) => asList(form.security)),
    ...[...definitions.values()].flatMap((scheme) => [...asList(at(scheme, 'oneOf')), ...asList(at(scheme, 'allOf'))]),
  ];
  return named.filter((name) => !definitions.has(String(name)));
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

/** What looks like a secret: known tokens, credentials in URLs, long runs of random characters. */
function secretsIn(text: string): readonly string[] {
  const known = [OPERATOR, VIEWER, TICKET].filter((token) => text.includes(token));
  const inUrls = text.match(/\/\/[^/"@\s]+@|[?&](?:access_token|token|jwt|key)=[^{&"]+/g) ?? [];
  const random = text.replace(UUID, '').match(/\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9_-]{32,}\b/g) ?? [];
  return [...known, ...inUrls, ...random];
}

const OBSERVING = ['observeproperty', 'unobserveproperty'];

function accessFaults(td: unknown): readonly string[] {
  const faults = formsOf(td)
    .filter(({ kind }) => kind === 'properties')
    .flatMap(({ name, affordance: { readOnly, writeOnly }, op }) => {
      const forbidden = [
        ...(readOnly === true ? ['writeproperty'] : []),
        ...(writeOnly === true ? ['readproperty', ...OBSERVING] : []),
      ];
      return op.filter((each) => forbidden.includes(each)).map((each) => `${name}: ${each}`);
    });
  const both = affordancesOf(td).filter(
    ({ affordance }) => affordance.readOnly === true && affordance.writeOnly === true,
  );
  return [...faults, ...both.map(({ name }) => `${name}: both`)];
}

function observationFaults(td: unknown): readonly string[] {
  return affordancesOf(td)
    .filter(({ kind }) => kind === 'properties')
    .filter(({ name, affordance: { observable = false } }) => {
      const offers = formsOf(td).some(
        (form) => form.kind === 'properties' && form.name === name && form.op.includes('observeproperty'),
      );
      return observable !== offers;
    })
    .map(({ name }) => name);
}

const NO_DEFAULT_METHOD = ['queryaction', 'cancelaction', 'queryallactions'];

/** Forms with several operations and one method, and forms whose method nobody knows. */
const methodFaults = (td: unknown) => ({
  several: formsOf(td).filter(({ op, form }) => form['htv:methodName'] !== undefined && op.length !== 1),
  unknown: formsOf(td).filter(
    ({ op, form, url, subprotocol }) =>
      /^https?:/.test(url) &&
      subprotocol === undefined &&
      form['htv:methodName'] === undefined &&
      op.some((each) => NO_DEFAULT_METHOD.includes(each)),
  ),
});

function subprotocolFaults(td: unknown): readonly string[] {
  return formsOf(td)
    .filter(({ url, subprotocol, op }) => {
      if (/^wss?:/.test(url)) return subprotocol !== 'webthingprotocol';
      const isStream = op.some((each) => /^(un)?(observe|subscribe)/.test(each));
      return subprotocol !== (isStream ? 'sse' : undefined);
    })
    .map(({ url, op }) => `${url} ${op.join()}`);
}

/** Variables of templates that are declared nowhere. */
function undeclaredVariables(td: unknown): readonly string[] {
  return formsOf(td).flatMap(({ form, affordance }) => {
    const declared = new Set(
      [...entries(affordance.uriVariables), ...entries(at(td, 'uriVariables'))].map(([name]) => name),
    );
    const used = [...String(form.href).matchAll(/\{[?&#+./;]?([^}]*)\}/g)].flatMap(([, names = '']) =>
      names.split(','),
    );
    return used.map((name) => name.replace(/[*:].*$/, '')).filter((name) => !declared.has(decodeURIComponent(name)));
  });
}

const variables = (td: unknown): readonly unknown[] =>
  [td, ...affordancesOf(td).map(({ affordance }) => affordance)].flatMap((place) =>
    entries(at(place, 'uriVariables')).map(([, schema]) => schema),
  );

const HTTP_FORM: readonly (string | number)[] = ['properties', 'angle', 'forms', 0];

const withTd =
  (change: (td: unknown) => unknown) =>
  (good: Described): Described =>
    describedBy('broken', Buffer.from(JSON.stringify(change(good.td))));

const withText =
  (change: (text: string) => string | Buffer) =>
  ({ bytes, td }: Described): Described => {
    const text = change(bytes.toString());
    return { from: 'broken', bytes: Buffer.from(text), td };
  };

function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

const CASES: readonly Case[] = [
  {
    ids: 'td-json-open',
    sentence: 'a TD is JSON, and no object has a name twice',
    faults: ({ bytes }) => textFaults(bytes.toString()).duplicates,
    breakIt: withText((text) => text.replace('"title":', '"title":"x","title":')),
  },
  {
    ids: 'td-json-open_utf-8',
    sentence: 'a TD is UTF-8',
    faults: ({ bytes }) => (isUtf8(bytes) ? [] : ['not UTF-8']),
    breakIt: ({ td }) => ({ from: 'broken', bytes: Buffer.from('{"title":"M\xfchle"}', 'latin1'), td }),
  },
  {
    ids: 'td-json-open_no-byte-order',
    sentence: 'a TD begins with a brace, not with a byte order mark',
    faults: ({ bytes }) => (bytes[0] === '{'.charCodeAt(0) ? [] : [bytes[0]]),
    breakIt: withText((text) => `\uFEFF${text}`),
  },
  {
    ids: 'td-integer-type',
    sentence: 'integers have neither fraction nor exponent',
    faults: ({ bytes }) => textFaults(bytes.toString()).unevenIntegers,
    breakIt: withText((text) => text.replace('"minLength":0', '"minLength":1.0')),
  },
  {
    ids: 'td-context-ns-thing-mandatory',
    sentence: 'the context names TD 1.1',
    faults: ({ td }) => (asList(at(td, '@context')).includes('https://www.w3.org/2022/wot/td/v1.1') ? [] : ['none']),
    breakIt: withTd((td) => changed(td, ['@context'], 'https://www.w3.org/2019/wot/td/v1')),
  },
  {
    ids: 'td-context-ns-thing-optional',
    sentence: 'other vocabularies follow TD 1.1, in one map',
    faults: ({ td }) => {
      const isFirst = asList(at(td, '@context'))[0] === 'https://www.w3.org/2022/wot/td/v1.1';
      return isFirst && contextMaps(td).length < 2 ? [] : ['order'];
    },
    breakIt: withTd((td) => changed(td, ['@context'], [{ a: 'urn:a' }, { b: 'urn:b' }])),
  },
  {
    ids: 'td-context-default-language',
    sentence: 'the context says in which language the words are',
    faults: ({ td }) => (contextMaps(td).some((map) => isLanguageTag(String(map['@language']))) ? [] : ['none']),
    breakIt: withTd((td) => changed(td, ['@context'], ['https://www.w3.org/2022/wot/td/v1.1', { a: 'urn:a' }])),
  },
  {
    ids: 'prefix-bound',
    sentence: 'every prefix is bound in the context',
    faults: ({ td }) => {
      const bound = new Set(contextMaps(td).flatMap((map) => Object.keys(map)));
      return prefixesIn(td).filter((prefix) => !bound.has(prefix));
    },
    breakIt: withTd((td) => changed(td, ['@context'], 'https://www.w3.org/2022/wot/td/v1.1')),
  },
  {
    ids: 'td-multilanguage-language-tag',
    sentence: 'words by language go by language tags',
    faults: ({ td }) => languageMaps(td).flatMap((map) => Object.keys(map).filter((tag) => !isLanguageTag(tag))),
    breakIt: withTd((td) => changed(td, ['titles', 'kein_Tag'], 'Luke')),
  },
  {
    ids: 'td-multi-languages-consistent',
    sentence: 'words by language have the same languages everywhere',
    faults: ({ td }) => [...new Set(languageMaps(td).map((map) => Object.keys(map).sort().join()))].slice(1),
    breakIt: withTd((td) => changed(td, ['titles', 'fr'], 'Lucarne')),
  },
  {
    ids: 'td-titles-descriptions',
    sentence: 'what has words by language has them in the default language as well',
    faults: ({ td }) =>
      withWords(td).filter(
        ({ object }) =>
          (isObject(object.titles) && typeof object.title !== 'string') ||
          (isObject(object.descriptions) && typeof object.description !== 'string'),
      ),
    breakIt: withTd((td) => changed(td, ['description'], undefined)),
  },
  {
    ids: 'td-producer-mixed-direction',
    sentence: 'no text mixes directions of writing',
    faults: ({ td }) => words(td).filter((text) => /[\u0590-\u08FF]/.test(text) && /[A-Za-z]/.test(text)),
    breakIt: withTd((td) => changed(td, ['titles', 'he'], 'פתח Roof')),
  },
  {
    ids: 'sec-inj-no-intl-markup',
    sentence: 'no words carry markup',
    faults: ({ td }) => words(td).filter((text) => /<\/?[a-z]|&[a-z]+;/i.test(text)),
    breakIt: withTd((td) => changed(td, ['title'], '<span dir="rtl">vent</span>')),
  },
  {
    ids: 'privacy-distributed-ids, privacy-centralized-ids',
    sentence: 'the id is a UUID, which no authority gives out',
    faults: ({ td }) =>
      /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(String(at(td, 'id'))) ? [] : [at(td, 'id')],
    breakIt: withTd((td) => changed(td, ['id'], 'urn:dev:mac:0024befffe804ff1')),
  },
  {
    ids: 'privacy-id-metadata',
    sentence: 'the id tells nothing about the Thing',
    faults: ({ td }) =>
      String(at(td, 'id'))
        .replace(/^urn:uuid:/, '')
        .replace(UUID, '') === ''
        ? []
        : [at(td, 'id')],
    breakIt: withTd((td) => changed(td, ['id'], 'urn:greenhouse:roof-vent')),
  },
  {
    ids: 'security-names-defined',
    sentence: 'every name of a security scheme is defined',
    faults: ({ td }) => undefinedSchemes(td),
    breakIt: withTd((td) => changed(td, ['securityDefinitions', 'ticket_sc'], undefined)),
  },
  {
    ids: 'td-security-combo-deprecation',
    sentence: 'several schemes are a combination, not a list',
    faults: ({ td }) =>
      [at(td, 'security'), ...formsOf(td).map(({ form }) => form.security)].filter((names) => asList(names).length > 1),
    breakIt: withTd((td) => changed(td, ['security'], ['basic_sc', 'bearer_sc'])),
  },
  {
    ids: 'td-security-no-secrets',
    sentence: 'a TD has no secret in it',
    faults: ({ bytes }) => secretsIn(bytes.toString()),
    breakIt: withTd((td) => changed(td, ['base'], 'https://ada:secret@greenhouse.example/')),
  },
  {
    ids: 'td-security-in-query-over-uri',
    sentence: 'credentials in a URL are in its query',
    faults: ({ td }) => entries(at(td, 'securityDefinitions')).filter(([, scheme]) => at(scheme, 'in') === 'uri'),
    breakIt: withTd((td) => changed(td, ['securityDefinitions', 'ticket_sc', 'in'], 'uri')),
  },
  {
    ids: 'observable-hint',
    sentence: 'what is observable has a form for it, and the reverse',
    faults: ({ td }) => observationFaults(td),
    breakIt: withTd((td) => changed(td, ['properties', 'angle', 'observable'], false)),
  },
  {
    ids: 'readwrite-ops',
    sentence: 'what is read-only cannot be written, and what is write-only cannot be read',
    faults: ({ td }) => accessFaults(td),
    breakIt: withTd((td) => changed(td, ['properties', 'angle', 'readOnly'], true)),
  },
  {
    ids: 'htv-methodname-single-op',
    sentence: 'a method is stated only for one operation',
    faults: ({ td }) => methodFaults(td).several,
    breakIt: withTd((td) => changed(td, [...HTTP_FORM, 'htv:methodName'], 'GET')),
  },
  {
    ids: 'td-default-http-method',
    sentence: 'operations that have no default method have a stated one',
    faults: ({ td }) => methodFaults(td).unknown,
    breakIt: withTd((td) => changed(td, ['actions', 'sweep', 'forms', 0, 'op'], ['invokeaction', 'queryaction'])),
  },
  {
    ids: 'td-additionalExpectedResponse-schema',
    sentence: 'schemas of additional responses are defined',
    faults: ({ td }) =>
      formsOf(td).flatMap(({ form }) =>
        asList(form.additionalResponses).filter((response) => {
          const schema = at(response, 'schema');
          return schema !== undefined && !isObject(at(td, 'schemaDefinitions', String(schema)));
        }),
      ),
    breakIt: withTd((td) => changed(td, ['schemaDefinitions'], { other: {} })),
  },
  {
    ids: 'subprotocol-token',
    sentence: 'each form has the sub-protocol of its scheme and its operations',
    faults: ({ td }) => subprotocolFaults(td),
    breakIt: withTd((td) => changed(td, ['properties', 'angle', 'forms', 1, 'subprotocol'], 'longpoll')),
  },
  {
    ids: 'td-uriVariables-names',
    sentence: 'every variable of a template is declared',
    faults: ({ td }) => undeclaredVariables(td),
    breakIt: withTd((td) => changed(td, ['properties', 'forecast', 'uriVariables'], undefined)),
  },
  {
    ids: 'uriVariables-scalar',
    sentence: 'variables of URIs are neither objects nor arrays',
    faults: ({ td }) => variables(td).filter((schema) => ['object', 'array'].includes(String(at(schema, 'type')))),
    breakIt: withTd((td) => changed(td, ['properties', 'forecast', 'uriVariables', 'hours', 'type'], 'object')),
  },
  {
    ids: 'tm-rel-type-maximum',
    sentence: 'at most one link has the relation type',
    faults: ({ td }) =>
      asList(at(td, 'links'))
        .filter((link) => at(link, 'rel') === 'type')
        .slice(1),
    breakIt: withTd((td) =>
      changed(
        td,
        ['links'],
        [
          { href: 'a', rel: 'type' },
          { href: 'b', rel: 'type' },
        ],
      ),
    ),
  },
  {
    ids: 'link-sizes-icon',
    sentence: 'only icons have sizes, of the form 16x16',
    faults: ({ td }) =>
      asList(at(td, 'links')).filter((link) => {
        const sizes = at(link, 'sizes');
        return sizes !== undefined && (at(link, 'rel') !== 'icon' || !/^\d+x\d+( \d+x\d+)*$/.test(String(sizes)));
      }),
    breakIt: withTd((td) => changed(td, ['links', 1, 'sizes'], '16x16')),
  },
  {
    ids: 'td-data-schema-objects',
    sentence: 'the members of object schemas are objects, however deep',
    faults: ({ td }) =>
      objectsIn(td).filter(
        ({ object, path }) =>
          object.type === 'object' && path !== '' && object.properties !== undefined && !isObject(object.properties),
      ),
    breakIt: withTd((td) => changed(td, ['actions', 'sweep', 'input', 'properties'], 'x')),
  },
  {
    ids: 'default-validates',
    sentence: 'defaults fit their own schemas',
    faults: ({ td }) =>
      objectsIn(td).filter(({ object }) => {
        if (object.default === undefined || object.type === undefined) return false;
        try {
          expectToFit(object.default, object);
          return false;
        } catch {
          return true;
        }
      }),
    breakIt: withTd((td) => changed(td, ['properties', 'angle', 'default'], 900)),
  },
  {
    ids: 'unit-semantic',
    sentence: 'units point to what they mean',
    faults: ({ td }) => unitsOf(td).filter((unit) => !pointsToMeaning(td, unit)),
    breakIt: withTd((td) => changed(td, ['properties', 'angle', 'unit'], 'degrees')),
  },
];

describe('Thing Descriptions against what no schema finds', () => {
  let all: readonly [Described, ...Described[]];
  before(async () => {
    all = await collectDescriptions();
  });

  for (const { ids, sentence, faults, breakIt } of CASES) {
    it(`${ids}: ${sentence}`, () => {
      for (const described of all) expect(faults(described), described.from).to.deep.equal([]);
      expect(faults(breakIt(all[0])), 'the check finds a fault').not.to.deep.equal([]);
    });
  }
});
