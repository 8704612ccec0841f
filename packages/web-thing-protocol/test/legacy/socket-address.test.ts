import { expect } from 'chai';
import { labThingsSocket, webThingsSocket } from '../../src/legacy/index.js';

describe('labThingsSocket', () => {
  it("7 is the description's URL plus ws", () => {
    expect(labThingsSocket('http://h:5000/api/kiln/')).to.equal('ws://h:5000/api/kiln/ws');
    expect(labThingsSocket('https://h/kiln')).to.equal('wss://h/kiln/ws');
    expect(labThingsSocket('http://h/?a=b#c')).to.equal('ws://h/ws');
    expect(() => labThingsSocket('kiln')).to.throw(TypeError);
  });
});

describe('webThingsSocket', () => {
  it('4.1 is the alternate link with scheme ws or wss', () => {
    const links = [
      { rel: 'properties', href: '/things/kiln/properties' },
      { rel: 'alternate', mediaType: 'text/html', href: '/things/kiln' },
      { rel: 'alternate', href: 'wss://h/things/kiln' },
    ];
    expect(webThingsSocket({ links })).to.equal('wss://h/things/kiln');
    expect(webThingsSocket({ links: links.slice(0, 2) })).to.equal(undefined);
    for (const odd of [undefined, null, 5, {}, { links: {} }, { links: [null, 5, { rel: 'alternate', href: 5 }] }]) {
      expect(webThingsSocket(odd)).to.equal(undefined);
    }
  });
});
