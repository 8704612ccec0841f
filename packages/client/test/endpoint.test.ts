import type { Form, ThingDescription } from '@thingwright/core';
import { expect } from 'chai';
import { endpointsOf, waysTo } from '../src/endpoint.js';

const BASE = 'http://lab.example/things/vent/';
const WTP: Form = {
  href: 'ws://lab.example/things',
  subprotocol: 'webthingprotocol',
  op: ['readproperty', 'observeproperty'],
};

const described = (forms: readonly Form[], top: readonly Form[] = []) => {
  const td: ThingDescription = {
    '@context': 'https://www.w3.org/2022/wot/td/v1.1',
    title: 'Vent',
    security: 'nosec_sc',
    securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
    properties: { wind: { forms } },
    forms: top,
  };
  return { td, base: BASE };
};
const read = { op: 'readproperty', name: 'wind' } as const;
const observe = { op: 'observeproperty', name: 'wind' } as const;

describe('endpointsOf', () => {
  it('chooses by scheme and sub-protocol together, WebSockets first', () => {
    const forms: Form[] = [
      { href: 'properties/wind', op: 'readproperty' },
      { href: 'properties/wind', op: 'observeproperty', subprotocol: 'sse' },
      WTP,
    ];
    expect(endpointsOf(described(forms), read)).to.deep.equal([
      { transport: 'websocket', url: 'ws://lab.example/things' },
      { transport: 'http', url: `${BASE}properties/wind` },
    ]);
    expect(endpointsOf(described(forms), observe).map(({ transport }) => transport)).to.deep.equal([
      'websocket',
      'http',
    ]);
  });

  it('takes http with the protocol’s name for both profiles, and leaves other labels alone', () => {
    const labelled: Form = { href: 'p', op: ['readproperty', 'observeproperty'], subprotocol: 'webthingprotocol' };
    for (const operation of [read, observe]) {
      expect(endpointsOf(described([labelled]), operation)).to.deep.equal([{ transport: 'http', url: `${BASE}p` }]);
    }
    const strange: Form[] = [
      { ...WTP, subprotocol: 'webthing' },
      { href: 'wss://lab.example/x', op: 'readproperty' },
      { href: 'p', op: 'readproperty', subprotocol: 'longpoll' },
      { href: 'p', op: 'readproperty', contentType: 'text/plain' },
      { href: 'coap://lab.example/p', op: 'readproperty' },
      { href: 'http://[', op: 'readproperty' },
    ];
    expect(endpointsOf(described(strange), read)).to.deep.equal([]);
  });

  it('looks at the affordance first, then at the forms of the Thing', () => {
    const top: Form = { ...WTP, href: 'ws://lab.example/top' };
    expect(endpointsOf(described([WTP], [top]), read).map(({ url }) => url)).to.deep.equal([
      'ws://lab.example/things',
      'ws://lab.example/top',
    ]);
    expect(endpointsOf(described([], [top]), { op: 'readproperty', name: 'constructor' })).to.have.lengthOf(1);
  });

  it('knows that a form without op reads and writes, and never observes', () => {
    const forms: Form[] = [{ href: 'p' }, { href: 'p', subprotocol: 'sse' }];
    expect(endpointsOf(described(forms), read)).to.have.lengthOf(1);
    expect(endpointsOf(described(forms), { op: 'writeproperty', name: 'wind', value: 1 })).to.have.lengthOf(1);
    expect(endpointsOf(described(forms), observe)).to.have.lengthOf(0);
  });

  it('keeps the braces of a template', () => {
    expect(endpointsOf(described([{ href: 'p{?a,b}' }]), read)).to.deep.equal([
      { transport: 'http', url: `${BASE}p{?a,b}` },
    ]);
  });
});

describe('waysTo', () => {
  it('names every WebSocket once, and whether there is HTTP', () => {
    expect(waysTo(described([WTP, WTP], [WTP]))).to.deep.equal({
      webSockets: ['ws://lab.example/things'],
      hasHttp: false,
    });
    expect(waysTo(described([{ href: 'p', op: 'observeproperty', subprotocol: 'sse' }]))).to.deep.equal({
      webSockets: [],
      hasHttp: true,
    });
  });
});
