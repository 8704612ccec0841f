import { expect } from 'chai';
import { expectToFit } from '../fixture/checks.js';
import { at, isObject } from '../fixture/consumer.js';
import { profileForm } from '../fixture/forms.js';
import { type Greenhouse, OPERATOR, openGreenhouse, VIEWER } from '../fixture/greenhouse.js';
import { expectHttpProblem, expectJson, send } from '../fixture/http.js';

/** The URL of the form of an operation, without its variables. */
const urlOf = async (house: Greenhouse, operation: string, name = ''): Promise<string> =>
  profileForm(await house.td(), operation, name).url.replace(/(%7B|\{).*/, '');

const ACCEPT_JSON = { accept: 'application/json' };

describe('properties over HTTP', () => {
  for (const name of ['angle', 'mode', 'note', 'wind', 'temperature', 'battery', 'forecast']) {
    it(`http-basic-profile-protocol-binding-readproperty-6: a read of ${name} answers 200 with the bare value as JSON`, async () => {
      await using house = await openGreenhouse();
      const url = await urlOf(house, 'readproperty', name);
      const value = expectJson(await send(url, { token: OPERATOR, headers: ACCEPT_JSON }));
      expectToFit(value, at(await house.td(), 'properties', name), name);
    });
  }

  it('http-basic-profile-protocol-binding-readproperty-6: the value is the present one', async () => {
    await using house = await openGreenhouse();
    house.vent.wind.set(6.8);
    const { body } = await house.send('properties/wind', { headers: ACCEPT_JSON });
    expect(body.toString()).to.equal('6.8');
  });

  for (const [name, value] of Object.entries({ angle: 12.5, mode: 'auto', note: 'ajar' })) {
    it(`http-basic-profile-protocol-binding-writeproperty-6: a write of ${name} answers 204, and a read gives it back`, async () => {
      await using house = await openGreenhouse();
      const url = await urlOf(house, 'writeproperty', name);
      const answer = await send(url, { method: 'PUT', token: OPERATOR, json: value });
      expect(answer.status).to.equal(204);
      expect(answer.body).to.have.length(0);
      expect(expectJson(await send(url, { token: OPERATOR }))).to.equal(value);
    });
  }

  it('http-basic-profile-protocol-binding-writeproperty-6: a write that cannot be confirmed answers 204', async () => {
    await using house = await openGreenhouse();
    const answer = await house.send('properties/servicePin', { method: 'PUT', json: '4711' });
    expect(answer.status).to.equal(204);
    expect(house.vent.calls).to.deep.equal([{ kind: 'write', name: 'servicePin', value: '4711' }]);
  });

  it('http-basic-profile-protocol-binding-readallproperties-5: a read of all answers 200 with every readable property', async () => {
    await using house = await openGreenhouse();
    const url = await urlOf(house, 'readallproperties');
    const values = expectJson(await send(url, { token: OPERATOR, headers: ACCEPT_JSON }));
    const names = Object.entries(house.vent.model.properties)
      .filter(([, property]) => !('writeOnly' in property))
      .map(([name]) => name);
    expect(values).to.have.all.keys(names);
    const td = await house.td();
    for (const name of names) expectToFit(at(values, name), at(td, 'properties', name), name);
  });

  it('http-basic-profile-protocol-binding-readallproperties-5: callers with other rights get other properties', async () => {
    await using house = await openGreenhouse();
    const values = expectJson(await house.send('properties', { token: VIEWER }));
    expect(values).to.satisfy(isObject).and.to.include.keys('wind').and.not.to.have.any.keys('note', 'servicePin');
  });

  it('http-basic-profile-protocol-binding-writemultipleproperties-6: a write of several answers 204, and reads give them back', async () => {
    await using house = await openGreenhouse();
    const url = await urlOf(house, 'writemultipleproperties');
    const answer = await send(url, { method: 'PUT', token: OPERATOR, json: { angle: 25, mode: 'auto' } });
    expect(answer.status).to.equal(204);
    expect(answer.body).to.have.length(0);
    const values = expectJson(await send(url, { token: OPERATOR }));
    expect(values).to.include({ angle: 25, mode: 'auto', note: 'closed at night' });
  });

  it('common-constraints-errors-1, common-constraints-errors-7: a bad value among several is refused, and none is written', async () => {
    await using house = await openGreenhouse();
    expectHttpProblem(await house.send('properties', { method: 'PUT', json: { mode: 'auto', angle: 'x' } }), 400);
    expect(house.vent.calls).to.deep.equal([]);
  });
});
