import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { at } from '../fixture/consumer.js';
import { fetchTd, OPERATOR, openGreenhouse, VIEWER } from '../fixture/greenhouse.js';
import { expectHttpProblem, send } from '../fixture/http.js';
import { createVent } from '../fixture/vent.js';

describe('who gets a Thing Description', () => {
  it('privacy-auth-users-only: nobody without credentials', async () => {
    await using house = await openGreenhouse();
    for (const path of ['/things/vent', '/things', '/openapi.json']) {
      expectHttpProblem(await send(`${house.url}${path}`), 401);
      expectHttpProblem(await send(`${house.url}${path}`, { token: 'guess' }), 401);
    }
  });

  it('privacy-essential-metadata-only: everybody what they may use, and no more', async () => {
    await using house = await openGreenhouse();
    const [operator, viewer] = [await house.td(OPERATOR), await house.td(VIEWER)];
    expect(operator).to.have.nested.property('properties.note');
    expect(operator).to.have.nested.property('events.jammed');
    expect(viewer).not.to.have.nested.property('properties.note');
    expect(viewer).not.to.have.nested.property('properties.servicePin');
    expect(viewer).not.to.have.nested.property('events.jammed');
    expect(JSON.stringify(viewer)).not.to.include('writeproperty');
    const list = await send(`${house.url}/things`, { token: VIEWER });
    expect(list.body.toString()).not.to.include('jammed');
  });

  it('privacy-mutable-identifiers: a Thing can be given another id, and the old one leads nowhere', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const renewed = `urn:uuid:${randomUUID()}`;
    await house.served.site.remove('vent');
    house.served.site.add('vent', createVent().exposure, { id: renewed });
    expect(at(await house.td(), 'id')).to.equal(renewed);
    const byOld = await consumer.ask('readproperty', { name: 'wind' });
    expect(at(byOld, 'error', 'status')).to.equal(404);
    expect(await consumer.ask('readproperty', { name: 'wind', thingID: renewed })).to.have.property('value', 1.5);
  });

  it('security-mutual-auth-td: over TLS the server proves itself by its certificate, the caller by its credentials', async () => {
    await using house = await openGreenhouse({ tls: true });
    const { tlsUrl = '' } = house.served;
    expect(tlsUrl).to.match(/^https:/);
    expect(at(await fetchTd(tlsUrl), 'id')).to.equal(house.thing.id);
    expectHttpProblem(await send(`${tlsUrl}/things/vent`), 401);
  });
});
