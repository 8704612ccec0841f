import { expect } from 'chai';
import { addressed } from '../src/index.js';

const ws = { href: 'ws://h/things', subprotocol: 'webthingprotocol' };
const http = { href: 'properties/on', op: 'readproperty' };
const td = {
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  id: 'urn:dev:1',
  title: 'Lamp',
  base: 'http://h/things/lamp/',
  properties: { 'a/b': { type: 'boolean', forms: [http, ws] } },
  actions: { fade: { forms: [ws] } },
  events: { hot: { forms: [{ ...ws, 'tw:affordance': 'urn:dev:1#/events/other' }] } },
  forms: [ws, http],
};

describe('addressed', () => {
  it('says in forms of the Web Thing Protocol what they are for, and leaves all else', () => {
    const result = addressed(td);
    expect(result.properties['a/b'].forms).to.deep.equal([
      http,
      { ...ws, 'tw:affordance': 'urn:dev:1#/properties/a~1b' },
    ]);
    expect(result.actions.fade.forms).to.deep.equal([{ ...ws, 'tw:affordance': 'urn:dev:1#/actions/fade' }]);
    expect(result.forms).to.deep.equal([{ ...ws, 'tw:affordance': 'urn:dev:1' }, http]);
    expect(result).to.include({ title: 'Lamp', base: 'http://h/things/lamp/' });
    expect(td.properties['a/b'].forms[1]).to.equal(ws);
  });

  it('keeps what a form says already', () => {
    expect(addressed(td).events.hot.forms[0]?.['tw:affordance']).to.equal('urn:dev:1#/events/other');
  });

  it('leaves a description without id, and what is none', () => {
    const { id: _, ...without } = td;
    expect(addressed(without)).to.equal(without);
    expect(
      addressed({ id: 'urn:dev:1', properties: { a: 7, b: { forms: [7, { href: 7 }] } }, forms: 7 }),
    ).to.deep.equal({
      id: 'urn:dev:1',
      properties: { a: 7, b: { forms: [7, { href: 7 }] } },
      forms: 7,
    });
  });

  it('leaves the HTTP sub-protocol of the same name', () => {
    const form = { href: 'properties/on', subprotocol: 'webthingprotocol' };
    const result = addressed({ id: 'urn:dev:1', base: 'http://h/', properties: { on: { forms: [form] } } });
    expect(result.properties.on.forms).to.deep.equal([form]);
  });
});
