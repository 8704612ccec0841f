import { once } from 'node:events';
import { defineThing, expose, type Site, state, ThingError } from '@thingwright/core';
import { expect } from 'chai';
import * as t from 'typebox';
import type { Binding } from '../src/binding.js';
import { serve } from '../src/serve.js';

const Lamp = defineThing({ title: 'Lamp', properties: { on: { schema: t.Boolean() } } });
const lamp = () => expose(Lamp, () => ({ properties: { on: state(false) } }));

/** A binding that answers the ids of all Things, and notes the Sites it was opened with. */
function ids(listen = { port: 0 }): Binding & { readonly sites: Site[] } {
  const sites: Site[] = [];
  return {
    sites,
    listen,
    open(site, { fastify }) {
      sites.push(site);
      fastify.get('/ids', async () => Object.fromEntries([...site.things].map(([name, { id }]) => [name, id])));
    },
  };
}

describe('serve', () => {
  it('serves Things, whose ids come from their names unless they are given', async () => {
    const other = { exposure: lamp(), id: 'urn:example:other' };
    await using first = await serve({ things: { lab: lamp(), other }, bindings: [ids()] });
    await using second = await serve({ things: { lab: lamp() }, bindings: [ids()] });
    const answer: unknown = await (await fetch(`${first.url}/ids`)).json();
    expect(answer).to.deep.equal({ lab: second.site.things.get('lab')?.id, other: 'urn:example:other' });
    expect(first.site.things.get('lab')?.id).to.match(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5/);
  });

  it('closes the listener and the Things when its signal fires', async () => {
    const stop = new AbortController();
    const binding = ids();
    const served = await serve({ things: { lab: lamp() }, bindings: [binding], signal: stop.signal });
    const closing = once(served.listener.closing, 'abort');
    stop.abort();
    await closing;
    await served[Symbol.asyncDispose]();
    expect(served.site.things.size).to.equal(0);
    const refused = await fetch(served.url).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(TypeError);
  });

  it('leaves nothing open when a binding, a name or the port fails, or the signal has fired', async () => {
    const broken: Binding = {
      open() {
        throw new Error('no');
      },
    };
    const fails = async (promise: Promise<AsyncDisposable>): Promise<unknown> =>
      promise.catch((error: unknown) => error);
    expect(await fails(serve({ things: { lab: lamp() }, bindings: [ids(), broken] }))).to.have.property(
      'message',
      'no',
    );
    expect(await fails(serve({ things: { 'no name': lamp() }, bindings: [] }))).to.be.instanceOf(ThingError);
    const reason = new Error('stop');
    const signal = AbortSignal.abort(reason);
    expect(await fails(serve({ things: {}, bindings: [ids()], signal }))).to.equal(reason);

    await using first = await serve({ things: {}, bindings: [ids()] });
    const binding = ids({ port: Number(new URL(first.url).port) });
    const taken = await fails(serve({ things: { lab: lamp() }, bindings: [binding] }));
    expect(taken).to.have.property('code', 'EADDRINUSE');
    expect(binding.sites[0]?.things.size).to.equal(0);
  });
});
