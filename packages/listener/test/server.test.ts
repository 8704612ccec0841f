import { expect } from 'chai';
import { joinListenOptions } from '../src/server.js';

const binding = (listen: Parameters<typeof joinListenOptions>[1]) => ({ ...(listen ? { listen } : {}), open() {} });

describe('joinListenOptions', () => {
  it('joins what bindings wish for, and their lists', () => {
    const bindings = [
      binding({ port: 1, allowOrigins: ['http://a', 'http://b'] }),
      binding(undefined),
      binding({ port: 1, host: '::1', allowOrigins: ['http://b', 'http://c'] }),
    ];
    expect(joinListenOptions(bindings)).to.deep.equal({
      port: 1,
      host: '::1',
      allowOrigins: ['http://a', 'http://b', 'http://c'],
    });
  });

  it('refuses wishes that differ, unless it is decided', () => {
    const bindings = [binding({ port: 1 }), binding({ port: 2 })];
    expect(() => joinListenOptions(bindings)).to.throw(TypeError, "'port': 1 and 2");
    expect(joinListenOptions(bindings, { port: 3 })).to.deep.equal({ port: 3 });
  });
});
