import { expect } from 'chai';
import { recognizeDialect } from '../src/recognize-dialect.js';

const FROM = 'http://127.0.0.1:5000/oven/';
const form = (href: string, more: object = {}) => [{ href, op: ['readproperty'], ...more }];
const labThings = {
  title: 'Oven',
  base: 'http://127.0.0.1:5000/',
  properties: { target: { forms: form('/oven/target') } },
  actions: { bake: { forms: form('/oven/bake') } },
};
const linked = { title: 'Kiln', properties: { target: { type: 'number', links: [{ href: '/properties/target' }] } } };
const socket = { links: [{ rel: 'alternate', href: 'ws://127.0.0.1:5000/' }] };
const WEBTHINGS = 'https://webthings.io/schemas';

describe('recognizeDialect', () => {
  it('knows LabThings by names right below the Thing, no id, nothing observable, only HTTP', () => {
    expect(recognizeDialect(labThings, FROM)).to.equal('labthings');
    expect(recognizeDialect(labThings, FROM.slice(0, -1))).to.equal('labthings');
    expect(recognizeDialect({ ...labThings, events: {} }, FROM)).to.equal('labthings');
    const others = [
      { ...labThings, id: 'urn:x' },
      { ...labThings, events: { done: { forms: form('/oven/done') } } },
      { ...labThings, properties: { target: { observable: true, forms: form('/oven/target') } } },
      { ...labThings, properties: { target: { forms: form('/oven/properties/target') } } },
      { ...labThings, properties: { target: { forms: form('/oven/target', { subprotocol: 'sse' }) } } },
      { ...labThings, properties: { target: { forms: form('ws://127.0.0.1:5000/oven/target') } } },
      { title: 'Nothing' },
    ];
    for (const other of others) expect(recognizeDialect(other, FROM), JSON.stringify(other)).to.equal(undefined);
  });

  it('knows WebThings by links in the place of forms, or by its vocabulary and its socket', () => {
    expect(recognizeDialect(linked, FROM)).to.equal('webthings');
    expect(recognizeDialect({ name: 'Kiln', properties: { target: { href: '/target' } } }, FROM)).to.equal('webthings');
    const gateway = { ...labThings, ...socket, id: 'http://x/things/kiln' };
    expect(recognizeDialect({ ...gateway, '@context': ['https://x', WEBTHINGS] }, FROM)).to.equal('webthings');
    expect(recognizeDialect({ ...gateway, '@context': 'https://iot.mozilla.org/schemas/' }, FROM)).to.equal(
      'webthings',
    );
    expect(recognizeDialect({ ...gateway, '@context': 'https://www.w3.org/2022/wot/td/v1.1' }, FROM)).to.equal(
      undefined,
    );
  });

  it('knows no older dialect where the Web Thing Protocol is offered', () => {
    const forms = form('ws://127.0.0.1:5000/things', { subprotocol: 'webthingprotocol' });
    expect(recognizeDialect({ ...linked, ...socket, '@context': WEBTHINGS, forms }, FROM)).to.equal(undefined);
  });

  it('never throws', () => {
    for (const junk of [undefined, null, 5, 'x', [], { properties: [] }, { properties: { a: null } }, { forms: 5 }]) {
      expect(recognizeDialect(junk, FROM)).to.equal(undefined);
    }
    const odd = { properties: { target: { forms: form('http://[') } } };
    expect(recognizeDialect(odd, FROM)).to.equal(undefined);
  });
});
