import { expect } from 'chai';
import { introductionOf, type ServiceInstance, txtOf } from '../../src/introduction/service-instance.js';

const LAMP: ServiceInstance = {
  name: 'Lamp',
  target: 'lamp.local',
  port: 8080,
  txt: ['td=/td', 'type=Thing'],
  addresses: ['192.0.2.7'],
};

const urlOf = (change: Partial<ServiceInstance>): string | undefined => introductionOf({ ...LAMP, ...change })?.url;

describe('an instance of the service _wot._tcp', () => {
  it('introduction-dns-sd-txt-record: leads to scheme, host, port and path', () => {
    expect(introductionOf(LAMP)).to.deep.equal({
      url: 'http://192.0.2.7:8080/td',
      type: 'Thing',
      mechanism: 'dns-sd',
      label: 'Lamp',
    });
    expect(urlOf({ txt: ['td=/a?b=c', 'scheme=https'], target: 'lamp.example' })).to.equal(
      'https://lamp.example:8080/a?b=c',
    );
    expect(urlOf({ addresses: ['2001:db8::7'] })).to.equal('http://[2001:db8::7]:8080/td');
  });

  it('takes the keys in any order and case, and their defaults', () => {
    const { type, url } = introductionOf({ ...LAMP, txt: ['x', 'TYPE=Directory', 'Td=/d', 'td=/e', '=y'] }) ?? {};
    expect({ type, url }).to.deep.equal({ type: 'Directory', url: 'http://192.0.2.7:8080/d' });
    expect(introductionOf({ ...LAMP, txt: ['td=/td'] })?.type).to.equal('Thing');
  });

  it('leads nowhere where it does not say where, or to another host, or over what is not HTTP', () => {
    for (const txt of [
      [],
      ['type=Thing'],
      ['td='],
      ['td=td'],
      ['td=//evil.example/td'],
      ['td=/\\evil.example/td'],
      ['td=http://e/'],
    ]) {
      expect(urlOf({ txt }), txt.join()).to.equal(undefined);
    }
    expect(urlOf({ txt: ['td=/td', 'scheme=coap+tcp'] })).to.equal(undefined);
    expect(urlOf({ txt: [`td=/${'x'.repeat(3000)}`] })).to.equal(undefined);
    expect(urlOf({ port: 0 })).to.equal(undefined);
    expect(urlOf({ addresses: [] })).to.equal(undefined);
    expect(urlOf({ target: 'a b.example' })).to.equal(undefined);
    expect(urlOf({ target: 'user@evil.example' })).to.equal(undefined);
  });

  it('is announced with td first, then type, and with a scheme only if it is not http', () => {
    expect(txtOf({ td: '/td', type: 'Thing', scheme: 'http' })).to.deep.equal(['td=/td', 'type=Thing']);
    expect(txtOf({ td: '/td', type: 'Directory', scheme: 'https' })).to.deep.equal([
      'td=/td',
      'type=Directory',
      'scheme=https',
    ]);
  });
});
