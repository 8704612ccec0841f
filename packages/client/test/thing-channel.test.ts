import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import { consume } from '../src/index.js';
import { rejection } from './fixtures/rejection.js';
import { serveVent } from './fixtures/served-vent.js';
import { openThingOnAWire } from './fixtures/thing-on-a-wire.js';
import { Vent } from './fixtures/vent.js';

const transportOf = async (thing: Pick<Awaited<ReturnType<typeof consume>>, 'connection'>) =>
  (await firstValueFrom(thing.connection)).transport;

describe('The way to a Thing', () => {
  it('is the WebSocket where there is one', async () => {
    await using server = await serveVent();
    await using thing = await consume(Vent, server.url);
    expect(await transportOf(thing)).to.equal('websocket');
  });

  it('is HTTP for a TD without WebSockets', async () => {
    await using server = await serveVent({ doors: ['http'] });
    await using thing = await consume(Vent, server.url);
    expect(await transportOf(thing)).to.equal('http');
    expect(await firstValueFrom(thing.properties.angle)).to.equal(35);
    expect(await rejection(consume(server.url, { transport: 'websocket' }))).to.have.property('code', 'notAllowed');
  });

  it('is HTTP if the WebSocket is refused for another reason than credentials', async () => {
    const warnings: string[] = [];
    const log = {
      debug() {},
      info() {},
      error() {},
      warn: (_details: object, message = '') => void warnings.push(message),
    };
    for (const status of [400, 404, 502]) {
      await using server = await openThingOnAWire({
        refuse: () => status,
        td: { properties: { angle: { forms: [WTP, { href: '/angle', op: ['readproperty'] }] } }, forms: [] },
        http: ({ url }, response) => {
          if (url === '/angle') response.end('12');
          return url === '/angle';
        },
      });
      await using thing = await consume(server.url, { log });
      expect(await transportOf(thing)).to.equal('http');
      expect(await thing.properties.angle?.read()).to.equal(12);
      const forced = await rejection(consume(server.url, { transport: 'websocket' }));
      expect(['protocol', 'unavailable']).to.include(forced.code);
    }
    expect(warnings).to.deep.equal(Array(3).fill('no WebSocket; HTTP is used where it can be'));
  });

  it('is an error if there is neither', async () => {
    await using refused = await openThingOnAWire({ refuse: () => 502 });
    expect(await rejection(consume(refused.url))).to.have.property('code', 'unavailable');
    await using nothing = await openThingOnAWire({ td: { properties: {}, actions: {}, events: {}, forms: [] } });
    expect(await rejection(consume(nothing.url))).to.have.property('code', 'notAllowed');
  });

  it('is HTTP for an operation that only HTTP offers, though the socket is open', async () => {
    await using server = await openThingOnAWire({
      td: {
        forms: [],
        properties: {
          angle: {
            forms: [
              { ...WTP, op: ['readproperty'] },
              { href: '/angle', op: ['writeproperty'] },
            ],
          },
        },
      },
      http: (request, response) => {
        response.statusCode = request.method === 'PUT' ? 204 : 500;
        response.end();
        return true;
      },
    });
    await using thing = await consume(server.url);
    expect(await thing.properties.angle?.read()).to.equal(35);
    expect(await thing.properties.angle?.write(3)).to.equal(undefined);
    expect(server.received.map(({ operation }) => operation)).to.deep.equal(['readproperty']);
  });

  it('is HTTP for URI variables, which no message has a place for', async () => {
    const paths: unknown[] = [];
    await using server = await openThingOnAWire({
      td: { properties: { angle: { forms: [WTP, { href: '/angle{?unit}', op: ['readproperty'] }] } } },
      http: ({ url }, response) => {
        paths.push(url);
        response.end('1');
        return true;
      },
    });
    await using thing = await consume(server.url);
    expect(await thing.properties.angle?.read({ uriVariables: { unit: 'rad' } })).to.equal(1);
    expect(await thing.properties.angle?.read()).to.equal(35);
    expect(paths).to.deep.equal(['/angle?unit=rad']);
  });

  it('is made of single reads and one write where HTTP has no bulk operation', async () => {
    await using server = await serveVent();
    await using thing = await consume(Vent, server.url, { transport: 'http' });
    expect(await thing.readMultiple(['angle', 'wind'])).to.deep.equal({ angle: 35, wind: 6.8 });
    const error = await rejection(thing.request({ op: 'writeallproperties', values: { angle: 1 } }));
    expect(error.code).to.equal('invalid');
    expect(error.detail).to.contain("'mode', 'pin'");
    expect(server.angle.get()).to.equal(35);
  });

  it('does not lead to what the TD does not offer', async () => {
    await using server = await openThingOnAWire({
      td: { properties: { angle: { forms: [{ ...WTP, op: ['readproperty'] }] } }, forms: [] },
    });
    await using thing = await consume(server.url);
    const error = await rejection(thing.properties.angle?.write(1));
    expect(error).to.have.property('code', 'notAllowed');
    expect(error.detail).to.contain("writeproperty 'angle'");
    expect(await rejection(firstValueFrom(thing.observe({ op: 'observeproperty', name: 'angle' })))).to.have.property(
      'code',
      'notAllowed',
    );
  });
});

const WTP = { href: 'ws://here/wtp', subprotocol: 'webthingprotocol' };
