/**
 * JSON-LD contexts for validators that would fetch them: written by us, only as far as our Thing Descriptions go. They give
 * each term the meaning that the W3C gives it, in the order of section 6 of the Recommendation; what stands in no map
 * belongs to the vocabulary of its place.
 */
const TD = 'https://www.w3.org/2019/wot/td#';
const JSON_SCHEMA = 'https://www.w3.org/2019/wot/json-schema#';
const SECURITY = 'https://www.w3.org/2019/wot/security#';
const DISCOVERY = 'https://www.w3.org/2022/wot/discovery#';
const HYPERMEDIA = 'https://www.w3.org/2019/wot/hypermedia#';

const indexed = (id: string, context: object) => ({ '@id': id, '@container': '@index', '@context': context });
const nested = (id: string, context: object) => ({ '@id': id, '@context': context });
const several = (id: string) => ({ '@id': id, '@container': '@set' });

const words = {
  title: `${TD}title`,
  titles: { '@id': `${TD}titleInLanguage`, '@container': '@language' },
  description: `${TD}description`,
  descriptions: { '@id': `${TD}descriptionInLanguage`, '@container': '@language' },
};

const form = {
  '@vocab': HYPERMEDIA,
  href: { '@id': `${HYPERMEDIA}hasTarget`, '@type': 'http://www.w3.org/2001/XMLSchema#anyURI' },
  op: { '@id': `${HYPERMEDIA}hasOperationType`, '@type': '@vocab' },
  contentType: `${HYPERMEDIA}forContentType`,
  subprotocol: `${HYPERMEDIA}forSubProtocol`,
  rel: `${HYPERMEDIA}hasRelationType`,
  type: `${HYPERMEDIA}hintsAtMediaType`,
  security: `${TD}hasSecurityConfiguration`,
  response: `${HYPERMEDIA}returns`,
  additionalResponses: several(`${HYPERMEDIA}additionalReturns`),
};

const schema = {
  ...words,
  '@vocab': JSON_SCHEMA,
  type: '@type',
  array: `${JSON_SCHEMA}ArraySchema`,
  boolean: `${JSON_SCHEMA}BooleanSchema`,
  integer: `${JSON_SCHEMA}IntegerSchema`,
  null: `${JSON_SCHEMA}NullSchema`,
  number: `${JSON_SCHEMA}NumberSchema`,
  object: `${JSON_SCHEMA}ObjectSchema`,
  string: `${JSON_SCHEMA}StringSchema`,
  enum: several(`${JSON_SCHEMA}enum`),
  oneOf: several(`${JSON_SCHEMA}oneOf`),
  required: several(`${JSON_SCHEMA}required`),
  properties: { '@id': `${JSON_SCHEMA}properties`, '@container': '@index' },
  unit: 'http://schema.org/unitCode',
};

const property = {
  ...schema,
  observable: `${TD}isObservable`,
  forms: nested(`${TD}hasForm`, form),
  uriVariables: indexed(`${TD}hasUriTemplateSchema`, schema),
};

const thing = {
  ...words,
  '@vocab': TD,
  td: TD,
  jsonschema: JSON_SCHEMA,
  wotsec: SECURITY,
  hctl: HYPERMEDIA,
  tm: 'https://www.w3.org/2019/wot/tm#',
  id: '@id',
  profile: { '@id': `${TD}followsProfile`, '@type': '@id' },
  base: { '@id': `${TD}baseURI`, '@type': '@id' },
  support: { '@id': `${TD}supportContact`, '@type': '@id' },
  version: `${TD}versionInfo`,
  security: `${TD}hasSecurityConfiguration`,
  securityDefinitions: indexed(`${TD}definesSecurityScheme`, {
    ...words,
    '@vocab': SECURITY,
    scheme: '@type',
    basic: `${SECURITY}BasicSecurityScheme`,
    bearer: `${SECURITY}BearerSecurityScheme`,
    combo: `${SECURITY}ComboSecurityScheme`,
    nosec: `${SECURITY}NoSecurityScheme`,
  }),
  schemaDefinitions: indexed(`${TD}schemaDefinitions`, schema),
  uriVariables: indexed(`${TD}hasUriTemplateSchema`, schema),
  properties: indexed(`${TD}hasPropertyAffordance`, property),
  actions: { '@id': `${TD}hasActionAffordance`, '@container': '@index' },
  input: nested(`${TD}hasInputSchema`, schema),
  output: nested(`${TD}hasOutputSchema`, schema),
  safe: `${TD}isSafe`,
  idempotent: `${TD}isIdempotent`,
  synchronous: `${TD}isSynchronous`,
  events: { '@id': `${TD}hasEventAffordance`, '@container': '@index' },
  subscription: nested(`${TD}hasSubscriptionSchema`, schema),
  data: nested(`${TD}hasNotificationSchema`, schema),
  dataResponse: nested(`${TD}hasNotificationResponseSchema`, schema),
  cancellation: nested(`${TD}hasCancellationSchema`, schema),
  links: nested(`${TD}hasLink`, form),
  forms: nested(`${TD}hasForm`, form),
};

const discovery = {
  discovery: DISCOVERY,
  ThingDirectory: `${DISCOVERY}ThingDirectory`,
  ThingLink: `${DISCOVERY}ThingLink`,
  registration: {
    '@id': `${DISCOVERY}hasRegistrationInformation`,
    '@context': { '@vocab': DISCOVERY, created: `${DISCOVERY}dateCreated`, modified: `${DISCOVERY}dateModified` },
  },
};

/** The contexts by their addresses. */
export const CONTEXTS: ReadonlyMap<string, object> = new Map([
  ['https://www.w3.org/2022/wot/td/v1.1', { '@context': thing }],
  ['https://www.w3.org/2022/wot/discovery', { '@context': discovery }],
]);
