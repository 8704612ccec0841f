import { defineThing, expose, silent, state } from '@thingwright/core';
import { serve } from '@thingwright/listener';
import { expect } from 'chai';
import { Subject } from 'rxjs';
import * as t from 'typebox';
import { http } from '../src/http.js';

const Door = defineThing({ title: 'Door', properties: { open: { schema: t.Boolean() } }, events: { error: {} } });
const door = () => expose(Door, () => ({ properties: { open: state(false) }, events: { error: new Subject<void>() } }));

describe('http', () => {
  it('passes on where to listen, and nothing else', () => {
    expect(http({ port: 1, keepAlive: 2, maxQueued: 3, requestRate: { perSecond: 1 } }).listen).to.deep.equal({
      port: 1,
    });
  });

  it('refuses a rate that is none', () => {
    expect(() => http({ requestRate: { perSecond: -1 } })).to.throw(RangeError);
  });

  it('warns of names that EventSource has events of its own for', async () => {
    const warnings: object[] = [];
    const log = { ...silent, warn: (details: object) => void warnings.push(details) };
    await using served = await serve({ things: { front: door() }, bindings: [http({ port: 0 })], log });
    served.site.add('back', door());
    expect(warnings).to.deep.equal([
      { thing: 'front', affordance: 'error' },
      { thing: 'front', affordance: 'open' },
      { thing: 'back', affordance: 'error' },
      { thing: 'back', affordance: 'open' },
    ]);
  });
});
