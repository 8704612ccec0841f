import { expect } from 'chai';
import { expectDateTime, expectUri } from '../fixture/checks.js';
import { committedDescriptions } from '../fixture/committed.js';
import { at, isObject } from '../fixture/consumer.js';
import { openStream } from '../fixture/event-stream.js';
import { affordancesOf, formsOf } from '../fixture/forms.js';
import { fetchTd, OPERATOR, openGreenhouse, PROFILES, VIEWER } from '../fixture/greenhouse.js';
import { type Answer, mediaType, type Sending, send } from '../fixture/http.js';
import { isOfTheSi, unitsOf, withoutUnit } from '../fixture/units.js';
import { STUCK } from '../fixture/vent.js';

/** The profiles allow these; a TD needs one of them. */
const ALLOWED = ['nosec', 'basic', 'oauth2'];

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** The schemes that a security name stands for; a combo with oneOf for any of its own. */
function schemesOf(td: unknown, name: unknown): readonly unknown[] {
  const definition = at(td, 'securityDefinitions', String(name));
  expect(definition, String(name)).to.satisfy(isObject);
  const { scheme, oneOf } = isObject(definition) ? definition : {};
  return scheme === 'combo' ? asList(oneOf).flatMap((inner) => schemesOf(td, inner)) : [scheme];
}

/** The fixture's TD and every committed one. */
const descriptions = async (): Promise<readonly unknown[]> => {
  await using house = await openGreenhouse();
  return [await house.td(), ...committedDescriptions().map(({ content }) => content)];
};

describe('the profile claim', () => {
  it('profiling-mechanism-2, http-basic-profile-identifier-1, http-sse-profile-identifier-1: a TD that claims the profiles names them', async () => {
    await using house = await openGreenhouse();
    expect(at(await house.td(), 'profile')).to.deep.equal([...PROFILES]);
  });

  it('profiling-mechanism-3: profile is a URI, or an array of them', async () => {
    for (const td of await descriptions()) {
      const profile = at(td, 'profile');
      for (const each of asList(profile ?? [])) if (profile !== undefined) expectUri(each);
    }
  });

  it('profiling-mechanism-4: the context has the namespace of TD 1.1', async () => {
    for (const td of await descriptions()) {
      expect(asList(at(td, '@context'))).to.include('https://www.w3.org/2022/wot/td/v1.1');
    }
  });
});

describe('the common constraints on TDs', () => {
  it('common-constraints-security-1: one of nosec, basic and oauth2 is a way in, for the Thing and for each form', async () => {
    for (const td of await descriptions()) {
      for (const security of [
        at(td, 'security'),
        ...formsOf(td).map(({ form }) => form.security ?? at(td, 'security')),
      ]) {
        const schemes = asList(security).flatMap((name) => schemesOf(td, name));
        expect(schemes.some((scheme) => ALLOWED.includes(String(scheme)))).to.equal(true);
      }
    }
  });

  it('common-constraints-security-4: several ways in are a combo with oneOf, never a list of names', async () => {
    for (const td of await descriptions()) {
      for (const security of [at(td, 'security'), ...formsOf(td).map(({ form }) => form.security ?? [])]) {
        expect(asList(security).length).to.be.lessThan(2);
      }
      for (const definition of Object.values(at(td, 'securityDefinitions') ?? {})) {
        if (at(definition, 'scheme') === 'combo') expect(definition).to.have.property('oneOf').that.is.an('array');
      }
    }
  });

  it('common-constraints-security-basic-in, common-constraints-security-basic-name: basic is in the header Authorization', async () => {
    for (const td of await descriptions()) {
      const definitions = Object.values(at(td, 'securityDefinitions') ?? {});
      const basic = definitions.filter((definition) => at(definition, 'scheme') === 'basic');
      expect(basic.length).to.be.greaterThan(0);
      for (const definition of basic) {
        expect(at(definition, 'in') ?? 'header').to.equal('header');
        expect(at(definition, 'name')).to.equal('Authorization');
      }
    }
  });

  it('common-constraints-units-1: every number that is a physical quantity has a unit', async () => {
    for (const td of await descriptions()) expect(withoutUnit(td), String(at(td, 'title'))).to.deep.equal([]);
  });

  it('common-constraints-units-2: units are those of the SI, or accepted for use with it', async () => {
    for (const td of await descriptions()) {
      const others = unitsOf(td).filter((unit) => !isOfTheSi(unit));
      expect(others, String(at(td, 'title'))).to.deep.equal([]);
    }
  });

  it('accessibility-considerations-1: titles and descriptions are words for people', async () => {
    for (const td of await descriptions()) {
      expect(at(td, 'title')).to.be.a('string').with.length.greaterThan(2);
      for (const { name, affordance } of affordancesOf(td)) {
        for (const text of [affordance.title, affordance.description].filter((each) => each !== undefined)) {
          expect(text, name).to.be.a('string').that.does.not.match(/<|_/);
          expect(text).not.to.equal(name);
        }
      }
    }
  });
});

describe('the common constraints on the wire', () => {
  it('common-constraints-security-7: a TD that is protected answers 401, and says how to get in', async () => {
    await using house = await openGreenhouse();
    const { status, headers } = await send(`${house.url}/things/vent`);
    expect(status).to.equal(401);
    expect(headers['www-authenticate']).to.match(/^(Basic|Bearer|Digest) /);
  });

  it('common-constraints-discovery-1: the TD is fetched by its URL', async () => {
    await using house = await openGreenhouse();
    const answer = await send(`${house.url}/things/vent`, { token: OPERATOR });
    expect(answer.status).to.equal(200);
    expect(mediaType(answer)).to.equal('application/td+json');
    expect(at(answer.json(), 'title')).to.equal('Roof vent');
    expect(at(await fetchTd(house.url), 'id')).to.equal(house.thing.id);
  });

  it('common-constraints-date-format-1: every date is an RFC 3339 date-time', async () => {
    await using house = await openGreenhouse();
    const { headers } = await house.send('actions/sweep', { method: 'POST', json: { to: 10 } });
    house.vent.sweeps[0]?.finish(1);
    const url = new URL(String(headers.location), house.url).href;
    let status: unknown;
    do status = (await send(url, { token: OPERATOR })).json();
    while (at(status, 'status') !== 'completed');
    expectDateTime(at(status, 'timeRequested'));
    expectDateTime(at(status, 'timeEnded'));
    await using stream = await openStream(`${house.url}/things/vent/properties/wind`, { token: OPERATOR });
    house.vent.wind.set(9);
    const [message] = await stream.count(1);
    expectDateTime(message?.id);
  });
});

interface Failure extends Sending {
  readonly what: string;
  readonly path: string;
  readonly status: number;
}

const FAILURES: readonly Failure[] = [
  { what: 'reading what is not there', path: 'properties/nope', status: 404 },
  { what: 'reading a write-only property', path: 'properties/servicePin', status: 400 },
  { what: 'reading a property whose device is offline', path: 'properties/battery', status: 503 },
  { what: 'reading a property whose handler throws', path: 'properties/temperature', status: 500 },
  { what: 'reading all when one fails', path: 'properties', status: 500 },
  { what: 'a variable that breaks its schema', path: 'properties/forecast?hours=99', status: 400 },
  { what: 'writing a read-only property', path: 'properties/wind', method: 'PUT', json: 1, status: 400 },
  { what: 'writing a bad value', path: 'properties/angle', method: 'PUT', json: 'high', status: 400 },
  { what: 'writing what is no JSON', path: 'properties/mode', method: 'PUT', json: 0, text: 'auto', status: 400 },
  { what: 'writing nothing', path: 'properties/mode', method: 'PUT', status: 400 },
  { what: 'writing what the device refuses', path: 'properties/angle', method: 'PUT', json: STUCK, status: 500 },
  { what: 'writing an unknown name', path: 'properties', method: 'PUT', json: { nope: 1 }, status: 400 },
  { what: 'writing no object', path: 'properties', method: 'PUT', json: [1], status: 400 },
  {
    what: 'writing what is forbidden',
    path: 'properties/mode',
    method: 'PUT',
    json: 'auto',
    token: VIEWER,
    status: 403,
  },
  { what: 'invoking what is not there', path: 'actions/nope', method: 'POST', status: 404 },
  { what: 'invoking with bad input', path: 'actions/beep', method: 'POST', json: { times: 0 }, status: 400 },
  { what: 'invoking what throws', path: 'actions/beep', method: 'POST', json: { times: 10 }, status: 500 },
  { what: 'querying what is not there', path: 'actions/sweep/7b1b7098-cbdc-4ed1-ae8b-36214c5d2fae', status: 404 },
  {
    what: 'cancelling what is not there',
    path: 'actions/sweep/7b1b7098-cbdc-4ed1-ae8b-36214c5d2fae',
    method: 'DELETE',
    status: 404,
  },
  { what: 'no credentials', path: 'properties/wind', token: undefined, status: 401 },
  {
    what: 'observing what is not there',
    path: 'properties/nope',
    headers: { accept: 'text/event-stream' },
    status: 404,
  },
  {
    what: 'subscribing to what is not there',
    path: 'events/nope',
    headers: { accept: 'text/event-stream' },
    status: 404,
  },
];

describe('failures over HTTP', () => {
  const fail = async ({ path, what: _, status: __, ...sending }: Failure): Promise<Answer> => {
    await using house = await openGreenhouse();
    house.vent.trouble.battery = true;
    house.vent.trouble.temperature = true;
    return await house.send(path, sending);
  };

  for (const failure of FAILURES) {
    it(`common-constraints-errors-1, common-constraints-errors-2, common-constraints-errors-7: ${failure.what} is answered ${failure.status} in Problem Details`, async () => {
      const answer = await fail(failure);
      expect(answer.status, answer.body.toString()).to.equal(failure.status);
      expect(failure.status).to.be.oneOf([400, 401, 403, 404, 500, 503]);
      expect(mediaType(answer)).to.equal('application/problem+json');
      expect(at(answer.json(), 'status')).to.equal(failure.status);
      expect(at(answer.json(), 'title')).to.be.a('string');
      for (const member of ['type', 'detail', 'instance']) {
        expect(typeof at(answer.json(), member), member).to.be.oneOf(['string', 'undefined']);
      }
    });
  }

  it('common-constraints-errors-4: nothing is answered 300, whatever is asked for', async () => {
    await using house = await openGreenhouse();
    for (const path of ['', 'properties', 'properties/', 'properties/wind', 'actions', 'events', 'events/jammed']) {
      for (const accept of ['application/json', 'text/html', 'application/xml, text/html;q=0.5', 'image/*']) {
        const { status } = await house.send(path, { headers: { accept } });
        expect(Math.floor(status / 100), `${path} as ${accept}: ${status}`).not.to.equal(3);
      }
    }
  });

  it('privacy-considerations-1: a TD shows a caller only what it may use, and nobody else anything', async () => {
    await using house = await openGreenhouse();
    const viewer = await house.td(VIEWER);
    expect(at(viewer, 'properties')).to.include.keys('wind').and.not.to.have.any.keys('note', 'servicePin');
    expect(JSON.stringify(viewer)).not.to.match(/jammed|writeproperty/);
    const nobody = await send(`${house.url}/things/vent`);
    expect(nobody.body.toString()).not.to.include('Roof vent');
  });

  it('security-considerations-1: answers to callers that differ are not shared by caches', async () => {
    await using house = await openGreenhouse();
    for (const path of ['', 'properties/wind', 'properties', 'actions']) {
      const { headers } = await house.send(path);
      expect(headers['cache-control'] ?? 'private', path).to.match(/private|no-store/);
    }
  });
});
