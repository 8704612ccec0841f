import { expect } from 'chai';
import { type Judged, judge } from './playground.js';

const LAMP = {
  '@context': ['https://www.w3.org/2022/wot/td/v1.1', { '@language': 'en', brew: 'urn:brew#' }],
  id: 'urn:uuid:00000000-0000-4000-8000-000000000003',
  title: 'Lamp',
  securityDefinitions: { basic_sc: { scheme: 'basic', in: 'header' } },
  security: 'basic_sc',
  properties: {
    level: {
      type: 'integer',
      'brew:strength': 5,
      forms: [{ href: 'http://127.0.0.1/level', op: ['readproperty'], contentType: 'application/json' }],
    },
  },
};

const MODEL = {
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  '@type': 'tm:ThingModel',
  title: 'Lamp',
  version: { model: '1.0.0' },
  properties: { level: { type: 'integer' } },
};

const description = (change: object): Judged => ({
  from: 'lamp',
  kind: 'description',
  text: JSON.stringify({ ...LAMP, ...change }),
});

const model = (change: object): Judged => ({
  from: 'lamp',
  kind: 'model',
  text: JSON.stringify({ ...MODEL, ...change }),
});

const failuresOf = async (document: Judged) => (await judge(document)).map(({ failed }) => failed);

// They are slow: the assertions build a validator of their own for each of two hundred statements.
describe("the playground's validators", () => {
  it('accept what is right, and tell which checks and assertions it passed', async () => {
    for (const [document, id] of [
      [description({}), 'td-objects_securityDefinitions'],
      [model({}), 'tm-identification'],
    ] as const) {
      const [core, assertions] = await judge(document);
      expect(core?.failed).to.deep.equal([]);
      expect(core?.passed).to.include.members(['json', 'schema', 'jsonld', 'propUniqueness']);
      expect(assertions?.failed).to.deep.equal([]);
      expect(assertions?.passed).to.include(id);
    }
  }).timeout(60_000);

  it('find what no schema allows; the assertions, which would end the process, are not asked then', async () => {
    expect(await failuresOf(description({ title: undefined }))).to.deep.equal([['schema']]);
    expect(await failuresOf(model({ '@type': 'Lamp' }))).to.deep.equal([['schema']]);
    const [core] = await judge(description({ title: undefined }));
    expect(core?.messages.join('\n')).to.contain("must have required property 'title'");
  });

  it('find what JSON-LD does not allow, with local contexts alone', async () => {
    const [wrong] = await failuresOf(description({ '@context': [...LAMP['@context'], { brew: 5 }] }));
    expect(wrong).to.deep.equal(['jsonld']);
    const [unknown] = await judge(description({ '@context': [...LAMP['@context'], 'http://127.0.0.1:9/context'] }));
    expect(unknown?.failed).to.deep.equal(['jsonld']);
  }).timeout(60_000);

  it('find a security scheme that is defined nowhere', async () => {
    const [core, assertions] = await failuresOf(description({ security: 'bearer_sc' }));
    expect(core).to.deep.equal(['security']);
    expect(assertions).not.to.deep.equal([]);
  }).timeout(60_000);
});
