import { expect } from 'chai';
import { type Gateway, openGateway } from '../src/index.js';
import { type Consumer, connect } from './consumer.js';

const PASSWORD = 'correct horse battery';

/** What an administrator does to somebody, by the gateway Thing. */
type Change = (gateway: Gateway, of: { readonly credential: string; readonly grant: string }) => object;

/** Everything that takes something away, and whether the token comes in again afterwards. */
const ENDS: readonly (readonly [string, Change, number])[] = [
  ['revokeCredential', (_gateway, { credential }) => ({ principal: 'user:ada', credential }), 401],
  ['rotateCredential', (_gateway, { credential }) => ({ principal: 'user:ada', credential }), 401],
  ['disablePrincipal', () => ({ principal: 'user:ada' }), 401],
  ['removePrincipal', () => ({ principal: 'user:ada' }), 401],
  ['revokeGrant', (_gateway, { grant }) => ({ principal: 'user:ada', grant }), 403],
];

describe('What is taken away', () => {
  for (const [action, inputOf, afterwards] of ENDS) {
    it(`closes the live sockets of who had it with 1008: ${action}`, async () => {
      await using gateway = await openGateway({ port: 0 });
      const { credential, secret, grant } = await addAda(gateway);
      await using consumer = await connect(gateway.url, secret);
      await using administrator = await connect(gateway.url, gateway.adminToken);
      const thingID = gateway.id;
      const observation = { thingID, operation: 'observeproperty', name: 'devices' };
      expect(await consumer.status(observation)).to.equal(200);
      const change = { thingID, operation: 'invokeaction', name: action };
      expect(await administrator.status({ ...change, input: inputOf(gateway, { credential, grant }) })).to.equal(200);
      expect(await consumer.closed).to.equal(1008);
      const answer = await read(gateway, secret, 'devices');
      expect(answer).to.equal(afterwards);
    });

    it(`is no longer there for a request that comes in the same moment: ${action}`, async () => {
      await using gateway = await openGateway({ port: 0 });
      const { credential, secret, grant } = await addAda(gateway);
      await using consumer = await connect(gateway.url, secret);
      const statuses = keepReading(consumer, gateway.id);
      await invoke(gateway, action, inputOf(gateway, { credential, grant }));
      expect(await consumer.closed).to.equal(1008);
      expect(new Set(await statuses)).to.satisfy((seen: ReadonlySet<number>) =>
        [...seen].every((status) => status === 200 || status === 403),
      );
    });
  }

  it('leaves the sockets of others, and of other credentials of the same user, open', async () => {
    await using gateway = await openGateway({ port: 0 });
    const { credential } = await addAda(gateway);
    const other = await gateway.people.issueToken('user:ada');
    await using sibling = await connect(gateway.url, other.secret);
    await invoke(gateway, 'revokeCredential', { principal: 'user:ada', credential });
    expect(await sibling.status({ thingID: gateway.id, operation: 'readproperty', name: 'version' })).to.equal(200);
  });

  it('shows at once what was granted, on a live socket and in the Thing Description', async () => {
    await using gateway = await openGateway({ port: 0 });
    await gateway.people.addUser({ name: 'bob' });
    const { secret } = await gateway.people.issueToken('user:bob');
    await using consumer = await connect(gateway.url, secret);
    const readDevices = { thingID: gateway.id, operation: 'readproperty', name: 'devices' };
    expect(await consumer.status(readDevices)).to.equal(403);
    expect(await shownProperties(gateway, secret)).to.deep.equal([]);
    const granted = await gateway.people.grant('user:bob', { role: 'viewer' });
    expect(await consumer.status(readDevices)).to.equal(200);
    expect(await shownProperties(gateway, secret)).to.include('devices');
    await gateway.people.revokeGrant('user:bob', granted.id);
    expect(await consumer.closed).to.equal(1008);
    expect(await shownProperties(gateway, secret)).to.deep.equal([]);
  });

  it('ends the streams of those who followed a Thing that went to another organization', async () => {
    await using gateway = await openGateway({ port: 0 });
    const { id } = await gateway.fleet.provision({ kind: 'telemetry', name: 'ems_001', organization: 'acme' });
    await gateway.people.addUser({ name: 'bob' });
    await gateway.people.grant('user:bob', { role: 'viewer', organization: 'acme' });
    const { secret } = await gateway.people.issueToken('user:bob');
    await using consumer = await connect(gateway.url, secret);
    const observation = { thingID: id, operation: 'observeproperty', name: 'lowBatteryThreshold' };
    expect(await consumer.status(observation)).to.equal(200);
    await invoke(gateway, 'moveThing', { name: 'ems_001', organization: 'umbrella' });
    expect(await consumer.status(observation)).to.equal(404);
    await using administrator = await connect(gateway.url, gateway.adminToken);
    const writing = { operation: 'writeproperty', name: 'lowBatteryThreshold', value: 33 };
    expect(await administrator.status({ thingID: id, ...writing })).to.equal(200);
    expect(await consumer.status({ thingID: gateway.id, operation: 'readproperty', name: 'version' })).to.equal(200);
    const told = consumer.received.filter(({ messageType }) => messageType === 'notification');
    expect(told.filter(({ value }) => value === 33)).to.deep.equal([]);
  });
});

async function addAda({ people }: Gateway) {
  await people.addUser({ name: 'ada', password: PASSWORD });
  const { id: grant } = await people.grant('user:ada', { role: 'operator' });
  const { credential, secret } = await people.issueToken('user:ada');
  return { grant, credential: credential.id, secret };
}

async function invoke({ url, adminToken }: Gateway, action: string, input: object): Promise<void> {
  const answer = await fetch(`${url}/things/gateway/actions/${action}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  expect(answer.ok, await answer.text()).to.equal(true);
}

async function read({ url }: Gateway, token: string, property: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/things/gateway/properties/${property}`, { headers });
  await answer.body?.cancel();
  return answer.status;
}

async function shownProperties({ url }: Gateway, token: string): Promise<readonly string[]> {
  const answer = await fetch(`${url}/things/gateway`, { headers: { authorization: `Bearer ${token}` } });
  const { properties = {} }: { properties?: object } = await answer.json();
  return Object.keys(properties);
}

/** Reads as long as the socket is open; the statuses of the answers. */
async function keepReading(consumer: Consumer, thingID: string): Promise<readonly number[]> {
  const statuses: number[] = [];
  const over = consumer.closed.then(() => undefined);
  for (;;) {
    const status = await Promise.race([consumer.status({ thingID, operation: 'readproperty', name: 'devices' }), over]);
    if (status === undefined) return statuses;
    statuses.push(status);
  }
}
