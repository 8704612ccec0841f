import { readUpgradeNews, readUpgradeOrder } from '@thingwright/device-link';
import { expect } from 'chai';

const manifest = { sha256: 'ab'.repeat(32), size: 10, version: '2.0' };
const prepare = { type: 'prepare', upgrade: 'u', path: '/p', manifest, signature: null, flags: ['-c'] };
const state = {
  type: 'state',
  version: '1.0',
  bootID: 'b',
  model: null,
  os: null,
  sha256: null,
  installing: null,
  last: { upgrade: 'u', outcome: 'installed', reason: null },
};

describe('the messages of devices that pull their images', () => {
  it('are read as they were written', () => {
    for (const order of [prepare, { type: 'install', upgrade: 'u' }, { type: 'cancel', upgrade: 'u' }]) {
      expect(readUpgradeOrder(JSON.stringify(order))).to.deep.equal(order);
    }
    const news = [
      state,
      { type: 'progress', upgrade: 'u', percent: 40 },
      { type: 'refused', upgrade: 'u', reason: 'no room', isRecoverable: true },
      { type: 'failed', upgrade: 'u', reason: 'worn out' },
      ...['prepared', 'notNeeded', 'installing', 'cancelled'].map((type) => ({ type, upgrade: 'u' })),
    ];
    for (const one of news) expect(readUpgradeNews(JSON.stringify(one))).to.deep.equal(one);
  });

  for (const [what, text] of [
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no type that is known', JSON.stringify({ ...prepare, type: 'explode' })],
    ['no upgrade', JSON.stringify({ type: 'install' })],
    ['a digest that is none', JSON.stringify({ ...prepare, manifest: { ...manifest, sha256: '../x' } })],
    ['a size that is none', JSON.stringify({ ...prepare, manifest: { ...manifest, size: -1 } })],
    ['a signature that is none', JSON.stringify({ ...prepare, signature: 'trust me' })],
  ] as const) {
    it(`are none for a device with ${what}`, () => {
      expect(readUpgradeOrder(text)).to.equal(undefined);
    });
  }

  for (const [what, message] of [
    ['a state without a boot', { ...state, bootID: null }],
    ['an outcome that nobody knows', { ...state, last: { upgrade: 'u', outcome: 'splendid', reason: null } }],
    ['more than all', { type: 'progress', upgrade: 'u', percent: 101 }],
    ['a reason that is too long', { type: 'failed', upgrade: 'u', reason: 'x'.repeat(2000) }],
  ] as const) {
    it(`are none for the server with ${what}`, () => {
      expect(readUpgradeNews(JSON.stringify(message))).to.equal(undefined);
    });
  }
});
