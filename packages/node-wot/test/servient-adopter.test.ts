import { once } from 'node:events';
import { createServer, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { Content, type Form, type ProtocolClientFactory } from '@node-wot/core';
import { createSite, silent, ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { expect } from 'chai';
import { guardedClientFactory } from '../src/guarded-client-factory.js';
import { type ReachableAddresses, servientAdopter } from '../src/index.js';
import { bindingHttp } from './fixture/bindings.js';

const ANYBODY = { principal: { id: 'anybody', kind: 'user', grants: [] } } as const;

/** Addresses that know one name, and agents that a test can tell. */
function addressBook(): ReachableAddresses & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async addressOf(host) {
      asked.push(host);
      if (host !== 'tank.example') throw new ThingError('forbidden', `${host} may not be reached`);
      return '2001:db8::7';
    },
    httpAgent: new HttpAgent(),
    httpsAgent: new HttpsAgent(),
  };
}

/** Client factories that remember the forms which they were given. */
function rememberingFactory(forms: Form[]): ProtocolClientFactory & { readonly stopped: string[] } {
  const stopped: string[] = [];
  return {
    scheme: 'fake',
    stopped,
    getClient: () => ({
      readResource: async (form) => {
        forms.push(form);
        return new Content('application/json', Readable.from([Buffer.from('7')]));
      },
      writeResource: async (form) => void forms.push(form),
      invokeResource: () => Promise.reject(new Error('no')),
      unlinkResource: async () => undefined,
      subscribeResource: () => Promise.reject(new Error('no')),
      requestThingDescription: () => Promise.reject(new Error('no')),
      start: async () => undefined,
      stop: async () => undefined,
      setSecurity: () => true,
    }),
    init: () => true,
    destroy: () => {
      stopped.push('fake');
      return true;
    },
  };
}

const tank = (href: string) => ({
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  title: 'Tank',
  securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
  security: 'nosec_sc',
  properties: { level: { type: 'integer', forms: [{ href, op: ['readproperty', 'writeproperty'] }] } },
});

describe('servientAdopter', () => {
  const adopter = servientAdopter([rememberingFactory([]), new bindingHttp.HttpClientFactory()]);

  it('can adopt what has a form over a known scheme for every affordance', () => {
    expect(adopter.schemes).to.deep.equal(['fake', 'http']);
    expect(adopter.canAdopt(tank('fake://tank.example/level'))).to.equal(true);
    expect(adopter.canAdopt({ ...tank('level'), base: 'http://tank.example/' })).to.equal(true);
    expect(adopter.canAdopt(tank('level'))).to.equal(false);
    expect(adopter.canAdopt(tank('coap://tank.example/level'))).to.equal(false);
    const streams = { dry: { forms: [{ href: 'http://tank.example/dry', subprotocol: 'sse' }] } };
    expect(adopter.canAdopt({ ...tank('fake://tank.example/level'), events: streams })).to.equal(false);
  });

  it('connects to the address that a host has now, and to none that it may not', async () => {
    const forms: Form[] = [];
    const factory = rememberingFactory(forms);
    const addresses = addressBook();
    const adoption = { pollInterval: 60_000, addresses, log: silent };
    await using site = createSite({ compileCheck });
    const made = await servientAdopter([factory]).adopt(tank('fake://tank.example:99/level'), adoption);
    const good = site.add('good', made);
    expect(await good.request({ op: 'readproperty', name: 'level' }, ANYBODY)).to.deep.equal({ value: 7 });
    expect(forms.map(({ href }) => href)).to.include('fake://[2001:db8::7]:99/level');
    const bad = site.add('bad', await servientAdopter([factory]).adopt(tank('fake://localhost/level'), adoption));
    const refused: unknown = await Promise.resolve(bad.request({ op: 'readproperty', name: 'level' }, ANYBODY)).catch(
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(ThingError).with.property('code', 'unavailable');
    expect(forms.every(({ href }) => href.includes('2001:db8::7'))).to.equal(true);
    await site.remove('good');
    await made[Symbol.asyncDispose]();
    expect(factory.stopped).to.deep.equal(['fake']);
  });

  it("connects node-wot's HTTP clients by the agent that knows where they may go", async () => {
    let requests = 0;
    const server = createServer((_request, response) => {
      requests++;
      response.setHeader('content-type', 'application/json').end('7');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const connected: unknown[] = [];
    class Watching extends HttpAgent {
      override createConnection(...args: Parameters<HttpAgent['createConnection']>) {
        connected.push(args[0].port);
        return super.createConnection(...args);
      }
    }
    await using site = createSite({ compileCheck });
    const addresses = { ...addressBook(), httpAgent: new Watching() };
    const td = tank(`http://127.0.0.1:${port}/level`);
    const thing = site.add('tank', await adopter.adopt(td, { pollInterval: 60_000, addresses, log: silent }));
    expect(await thing.request({ op: 'readproperty', name: 'level' }, ANYBODY)).to.deep.equal({ value: 7 });
    expect(connected).to.have.length(requests).and.include(String(port));
    server.closeAllConnections();
    server.close();
  });

  it('reads no more of an answer without end than it may, and lets go of who sends it', async () => {
    const piece = Buffer.alloc(1024 * 1024, '7');
    const closed: Promise<unknown>[] = [];
    const server = createServer((_request, response) => {
      closed.push(once(response, 'close'));
      const goOn = (): void => {
        if (!response.destroyed) response.write(piece, goOn);
      };
      response.setHeader('content-type', 'application/json');
      goOn();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await using site = createSite({ compileCheck });
    const adoption = { pollInterval: 60_000, addresses: addressBook(), log: silent };
    const thing = site.add('tank', await adopter.adopt(tank(`http://127.0.0.1:${port}/level`), adoption));
    const refused: unknown = await Promise.resolve(thing.request({ op: 'readproperty', name: 'level' }, ANYBODY)).catch(
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(ThingError).with.property('code', 'unavailable');
    expect(refused).to.have.nested.property('cause.code', 'tooLarge');
    await Promise.all(closed);
    server.close();
    await once(server, 'close');
  });

  it("reads no event streams by node-wot's binding, which asks nobody where it may go", async () => {
    const guarded = guardedClientFactory(new bindingHttp.HttpClientFactory(), addressBook());
    const form = { href: 'http://127.0.0.1:9/dry', subprotocol: 'sse' };
    const refused: unknown = await guarded
      .getClient()
      .subscribeResource(form, () => {})
      .catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(ThingError).with.property('code', 'notAllowed');
  });
});
