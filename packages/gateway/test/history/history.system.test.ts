import { expect } from 'chai';
import { type Gateway, type GatewayOptions, openGateway } from '../../src/index.js';

const ADMIN_TOKEN = 'the-admin-token';
const asAdmin = { authorization: `Bearer ${ADMIN_TOKEN}` };
const THRESHOLD = '/things/ems_001/history/lowBatteryThreshold';

/** A gateway with a telemetry device that has never dialled in. */
async function open(options: GatewayOptions = {}) {
  const gateway = await openGateway({ port: 0, adminToken: ADMIN_TOKEN, ...options });
  const device = await gateway.fleet.provision({ kind: 'telemetry', name: 'ems_001' });
  const get = (path: string, headers: Record<string, string> = asAdmin) => fetch(gateway.url + path, { headers });
  return {
    gateway,
    device,
    get,
    /** The body of an answer that has to be 200. */
    async read(path: string, headers?: Record<string, string>): Promise<string> {
      const answer = await get(path, headers);
      const text = await answer.text();
      expect(answer.status, `${path}: ${text}`).to.equal(200);
      return text;
    },
    async page(
      path: string,
    ): Promise<{ readonly items: readonly { readonly value: unknown }[]; readonly next?: string }> {
      return JSON.parse(await this.read(path));
    },
    async setThresholds(...values: readonly number[]): Promise<void> {
      for (const value of values) await put(gateway, 'lowBatteryThreshold', value);
    },
    invoke: async (input: object, headers: Record<string, string> = asAdmin) => {
      const answer = await fetch(`${gateway.url}/things/ems_001/actions/history`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(input),
      });
      return { status: answer.status, body: await answer.json() };
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

async function put({ url }: Gateway, property: string, value: unknown): Promise<void> {
  const answer = await fetch(`${url}/things/ems_001/properties/${property}`, {
    method: 'PUT',
    headers: { ...asAdmin, 'content-type': 'application/json' },
    body: JSON.stringify(value),
  });
  expect(answer.status).to.equal(204);
}

const valuesOf = ({ items }: { readonly items: readonly { readonly value: unknown }[] }): readonly unknown[] =>
  items.map(({ value }) => value);

describe('The history of a Thing', () => {
  it('is declared, and linked from its description', async () => {
    await using lab = await open();
    const td = JSON.parse(await lab.read('/things/ems_001'));
    expect(td.links).to.deep.include({ href: 'history', rel: 'archives', type: 'application/json' });
    const { history } = td.actions;
    expect(history).to.include({ safe: true, synchronous: true });
    expect(history.input.properties.property.enum).to.include.members(['batterySoc', 'state', 'lowBatteryThreshold']);
    expect(history.input.properties.property.enum).to.not.include.members(['telemetry', 'connection', 'errorFlags']);
    expect(history.input.properties.bucket.unit).to.equal('s');
    expect(JSON.parse(await lab.read('/things/gateway')).actions).to.not.have.property('history');
  });

  it('is read by the action, a page at a time, from either end, in a span and in buckets', async () => {
    await using lab = await open();
    await lab.setThresholds(1, 2, 3);
    const property = 'lowBatteryThreshold';
    const all = await lab.invoke({ property });
    expect([all.status, valuesOf(all.body)]).to.deep.equal([200, [20, 1, 2, 3]]);
    const first = await lab.invoke({ property, limit: 3 });
    const second = await lab.invoke({ property, limit: 3, after: first.body.next });
    expect([valuesOf(first.body), valuesOf(second.body)]).to.deep.equal([[20, 1, 2], [3]]);
    expect(second.body).to.not.have.property('next');
    expect(valuesOf((await lab.invoke({ property, limit: 2, order: 'newest' })).body)).to.deep.equal([3, 2]);
    const [, , two] = all.body.items;
    expect(valuesOf((await lab.invoke({ property, from: two.time })).body)).to.deep.equal([2, 3]);
    expect(valuesOf((await lab.invoke({ property, to: two.time })).body)).to.deep.equal([20, 1]);
    const { items } = (await lab.invoke({ property, bucket: 31_536_000 })).body;
    expect(items).to.have.length(1);
    expect(items[0]).to.deep.include({ value: 6.5, count: 4, min: 1, max: 20 });
  });

  it('is answered with 400 for what the action cannot take', async () => {
    await using lab = await open();
    const property = 'lowBatteryThreshold';
    for (const input of [{}, { property: 'telemetry' }, { property, limit: 0 }, { property, from: 'yesterday' }]) {
      expect((await lab.invoke(input)).status, JSON.stringify(input)).to.equal(400);
    }
  });

  it('is listed by HTTP with its units', async () => {
    await using lab = await open();
    const { properties } = JSON.parse(await lab.read('/things/ems_001/history'));
    expect(properties.batterySoc).to.include({ unit: '%', href: '/things/ems_001/history/batterySoc' });
    expect(properties).to.not.have.any.keys('telemetry', 'connection');
  });

  it('is had by HTTP in pages of JSON, each with a link to the next', async () => {
    await using lab = await open();
    await lab.setThresholds(1, 2, 3, 4);
    const values: unknown[] = [];
    let path: string | undefined = `${THRESHOLD}?limit=2&order=newest`;
    while (path !== undefined) {
      const answer: Response = await lab.get(path);
      expect(answer.headers.get('content-type')).to.match(/^application\/json/);
      values.push(...valuesOf(await answer.json()));
      path = /^<(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    expect(values).to.deep.equal([4, 3, 2, 1, 20]);
  });

  it('is had by HTTP as CSV, all of it, by Accept and by a parameter', async () => {
    await using lab = await open();
    await lab.setThresholds(1, 2.5);
    const byParameter = await lab.get(`${THRESHOLD}?format=csv`);
    const text = await byParameter.text();
    expect(byParameter.headers.get('content-type')).to.match(/^text\/csv; charset=utf-8/);
    expect(byParameter.headers.get('content-disposition')).to.include('ems_001-lowBatteryThreshold.csv');
    const [head, ...rows] = text.split('\r\n');
    expect(head).to.equal('time,value,count,min,max');
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z`;
    expect(rows.slice(0, -1).map((row) => row.replace(new RegExp(`^${time}`), 'T'))).to.deep.equal([
      'T,20,,,',
      'T,1,,,',
      'T,2.5,,,',
    ]);
    expect(rows.at(-1)).to.equal('');
    expect(await lab.read(THRESHOLD, { ...asAdmin, accept: 'text/csv' })).to.equal(text);
    expect((await lab.read(`${THRESHOLD}?format=csv&limit=1`)).split('\r\n')).to.have.length(3);
    expect(await lab.read(`${THRESHOLD}?format=csv&bucket=31536000`)).to.match(/,3,1,20\r\n$/);
  });

  it('is refused by HTTP as it should be', async () => {
    await using lab = await open();
    const status = async (path: string, headers?: Record<string, string>): Promise<number> =>
      (await lab.get(path, headers)).status;
    expect(await status(THRESHOLD, {})).to.equal(401);
    for (const odd of [
      'limit=0',
      'limit=x',
      'limit=1.5',
      'bucket=0',
      'from=1',
      'order=up',
      'after=x',
      'size=1',
      'format=xml',
    ]) {
      expect(await status(`${THRESHOLD}?${odd}`), odd).to.equal(400);
    }
    expect(await status(`${THRESHOLD}?from=2026-03-04T00:00:00Z&from=2026-03-04T00:00:00Z`)).to.equal(400);
    for (const path of ['/things/nobody/history', '/things/nobody/history/x', '/things/ems_001/history/telemetry']) {
      expect(await status(path), path).to.equal(404);
    }
    expect(await status(THRESHOLD, { ...asAdmin, accept: 'image/png' })).to.equal(406);
  });

  it('is for those alone who may read the property, both ways', async () => {
    await using lab = await open();
    const { people } = lab.gateway;
    const { service, secret } = await people.addService({ name: 'meter' });
    const { id } = lab.device;
    await people.grant(service.id, { role: 'viewer', thing: id, affordance: 'batterySoc' });
    await people.grant(service.id, { role: 'viewer', thing: id, affordance: 'history' });
    const asMeter = { authorization: `Bearer ${secret}` };
    expect((await lab.get('/things/ems_001/history/batterySoc', asMeter)).status).to.equal(200);
    expect((await lab.get(THRESHOLD, asMeter)).status).to.equal(403);
    expect((await lab.invoke({ property: 'batterySoc' }, asMeter)).status).to.equal(200);
    expect((await lab.invoke({ property: 'lowBatteryThreshold' }, asMeter)).status).to.equal(403);
    const { properties } = JSON.parse(await lab.read('/things/ems_001/history', asMeter));
    expect(Object.keys(properties)).to.deep.equal(['batterySoc']);
  });

  it('goes with its device: one of the same name begins anew', async () => {
    await using lab = await open();
    await lab.setThresholds(1, 2);
    await lab.gateway.fleet.remove('ems_001');
    await lab.gateway.fleet.provision({ kind: 'telemetry', name: 'ems_001' });
    expect(valuesOf(await lab.page(THRESHOLD))).to.deep.equal([20]);
  });

  it('is kept as long as is said for its Thing, by who administers it', async () => {
    await using lab = await open();
    const retain = async (input: object, headers: Record<string, string> = asAdmin): Promise<number> => {
      const answer = await fetch(`${lab.gateway.url}/things/gateway/actions/setRetention`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(input),
      });
      return answer.status;
    };
    expect(await retain({ name: 'ems_001', days: 2, meansDays: 40 })).to.equal(204);
    expect(await retain({ name: 'ems_001' })).to.equal(204);
    expect(await retain({ name: 'nobody', days: 2 })).to.equal(404);
    expect(await retain({ name: 'gateway', days: 2 })).to.equal(404);
    expect(await retain({ name: 'ems_001', days: 0 })).to.equal(400);
    const { people } = lab.gateway;
    const { service, secret } = await people.addService({ name: 'elsewhere' });
    await people.grant(service.id, { role: 'admin', organization: 'elsewhere' });
    await people.grant(service.id, { role: 'viewer', organization: 'default' });
    expect(await retain({ name: 'ems_001', days: 2 }, { authorization: `Bearer ${secret}` })).to.equal(403);
  });
});
