import { defineThing, expose, type Grant, OPERATION_NAMES, type OperationName, state } from '@thingwright/core';
import { expect } from 'chai';
import { NEVER } from 'rxjs';
import * as t from 'typebox';
import { type Adopter, type Gateway, openGateway } from '../../packages/gateway/src/index.js';
import { connect } from '../../packages/gateway/test/consumer.js';

type Need = 'viewer' | 'operator' | 'admin';
const ROLES: readonly string[] = ['viewer', 'operator', 'admin'] satisfies readonly Need[];

const Machine = defineThing({
  title: 'Machine',
  properties: { target: { schema: t.Integer() }, fan: { schema: t.Integer() } },
  actions: { bake: {} },
  events: { ready: { data: t.String() } },
});

const machine = () =>
  expose(Machine, () => ({
    properties: { target: state(1), fan: state(2) },
    actions: {
      bake: (_input, { signal }) =>
        new Promise<void>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
    },
    events: { ready: NEVER },
  }));

const adopter: Adopter = {
  name: 'machines',
  schemes: ['http'],
  canAdopt: () => true,
  adopt: async () => ({ ...machine(), [Symbol.asyncDispose]: async () => undefined }),
};

const TD = {
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  title: 'Machine',
  security: 'nosec_sc',
  securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
  base: 'http://127.0.0.1:9/',
};

/** What an operation takes, written down by hand: the least role, the affordances, and what it consists of. */
interface Rule {
  readonly need: Need;
  readonly affordances: readonly string[];
  readonly single: OperationName;
  /** Members of the request on the WebSocket. */
  readonly members: object;
  /** The request by HTTP, where it has one. `{id}` stands for an invocation of somebody else. */
  readonly http?: readonly [method: string, path: string, body?: unknown, accept?: string];
}

const SSE = 'text/event-stream';
const RULES: Readonly<Record<OperationName, Rule>> = {
  readproperty: {
    need: 'viewer',
    affordances: ['target'],
    single: 'readproperty',
    members: { name: 'target' },
    http: ['GET', '/properties/target'],
  },
  readallproperties: {
    need: 'viewer',
    affordances: [],
    single: 'readproperty',
    members: {},
    http: ['GET', '/properties'],
  },
  readmultipleproperties: {
    need: 'viewer',
    affordances: ['target', 'fan'],
    single: 'readproperty',
    members: { names: ['target', 'fan'] },
  },
  writeproperty: {
    need: 'operator',
    affordances: ['target'],
    single: 'writeproperty',
    members: { name: 'target', value: 3 },
    http: ['PUT', '/properties/target', 3],
  },
  writeallproperties: {
    need: 'operator',
    affordances: ['target', 'fan'],
    single: 'writeproperty',
    members: { values: { target: 4, fan: 5 } },
  },
  writemultipleproperties: {
    need: 'operator',
    affordances: ['target'],
    single: 'writeproperty',
    members: { values: { target: 6 } },
    http: ['PUT', '/properties', { target: 7 }],
  },
  observeproperty: {
    need: 'viewer',
    affordances: ['target'],
    single: 'observeproperty',
    members: { name: 'target' },
    http: ['GET', '/properties/target', undefined, SSE],
  },
  observeallproperties: {
    need: 'viewer',
    affordances: [],
    single: 'observeproperty',
    members: {},
    http: ['GET', '/properties', undefined, SSE],
  },
  subscribeevent: {
    need: 'viewer',
    affordances: ['ready'],
    single: 'subscribeevent',
    members: { name: 'ready' },
    http: ['GET', '/events/ready', undefined, SSE],
  },
  subscribeallevents: {
    need: 'viewer',
    affordances: [],
    single: 'subscribeevent',
    members: {},
    http: ['GET', '/events', undefined, SSE],
  },
  invokeaction: {
    need: 'operator',
    affordances: ['bake'],
    single: 'invokeaction',
    members: { name: 'bake' },
    http: ['POST', '/actions/bake'],
  },
  queryaction: {
    need: 'operator',
    affordances: ['bake'],
    single: 'queryaction',
    members: { name: 'bake' },
    http: ['GET', '/actions/bake/{id}'],
  },
  cancelaction: {
    need: 'operator',
    affordances: ['bake'],
    single: 'cancelaction',
    members: { name: 'bake' },
    http: ['DELETE', '/actions/bake/{id}'],
  },
  queryallactions: {
    need: 'viewer',
    affordances: [],
    single: 'queryaction',
    members: {},
    http: ['GET', '/actions'],
  },
  // Whoever ends what was not begun is not asked for a right; it only has to see the Thing.
  unobserveproperty: { need: 'viewer', affordances: [], single: 'unobserveproperty', members: { name: 'target' } },
  unobserveallproperties: { need: 'viewer', affordances: [], single: 'unobserveallproperties', members: {} },
  unsubscribeevent: { need: 'viewer', affordances: [], single: 'unsubscribeevent', members: { name: 'ready' } },
  unsubscribeallevents: { need: 'viewer', affordances: [], single: 'unsubscribeallevents', members: {} },
};

const isEnding = (operation: OperationName): boolean => operation.startsWith('un');

/** What a Thing Description holds, and which operations an affordance is shown for. */
const AFFORDANCES: readonly (readonly [string, readonly OperationName[], readonly string[]])[] = [
  ['properties', ['readproperty', 'writeproperty', 'observeproperty'], ['target', 'fan']],
  // A viewer may query what it has begun itself, if only that.
  ['actions', ['invokeaction', 'queryallactions'], ['bake']],
  ['events', ['subscribeevent'], ['ready', 'actionStatus']],
];

/** Everybody who asks: each role with each narrowing, and those without a role. */
const GRANTS: Readonly<Record<string, readonly Grant[]>> = {
  nobody: [],
  superuser: [{ role: 'superuser' }],
  ...Object.fromEntries(
    ROLES.flatMap((role) => [
      [`${role}-everywhere`, [{ role }]],
      [`${role}-of-acme`, [{ role, organization: 'acme' }]],
      [`${role}-of-umbrella`, [{ role, organization: 'umbrella' }]],
      [`${role}-of-target`, [{ role, organization: 'acme', affordance: 'target' }]],
      [`${role}-of-bake`, [{ role, organization: 'acme', affordance: 'bake' }]],
      ...(['readproperty', 'writeproperty', 'queryallactions'] as const).map((operation) => [
        `${role}-of-${operation}`,
        [{ role, organization: 'acme', operation }],
      ]),
      [`${role}-of-machine`, [{ role, thing: 'acme-machine' }]],
    ]),
  ),
};

const THINGS = { 'acme-machine': 'acme', 'umbrella-machine': 'umbrella' } as const;
type MachineName = keyof typeof THINGS;
const MACHINES: readonly MachineName[] = ['acme-machine', 'umbrella-machine'];

const isSuperuser = (grants: readonly Grant[]): boolean => grants.some(({ role }) => role === 'superuser');

const concerns = ({ organization, thing }: Grant, name: MachineName): boolean =>
  (organization === undefined || organization === THINGS[name]) && (thing === undefined || thing === name);

const sees = (grants: readonly Grant[], name: MachineName): boolean =>
  isSuperuser(grants) || grants.some((grant) => concerns(grant, name));

/** Whether one of the grants covers an operation with all its affordances. */
function may(
  grants: readonly Grant[],
  operation: OperationName,
  name: MachineName,
  affordances = RULES[operation].affordances,
): boolean {
  const { need, single } = RULES[operation];
  const isWideEnough = (grant: Grant): boolean =>
    isEnding(operation) ||
    ((grant.affordance === undefined || affordances.every((affordance) => affordance === grant.affordance)) &&
      (grant.operation === undefined || RULES[grant.operation].single === single));
  return (
    isSuperuser(grants) ||
    grants.some(
      (grant) => concerns(grant, name) && ROLES.indexOf(grant.role) >= ROLES.indexOf(need) && isWideEnough(grant),
    )
  );
}

/** What a request is answered with. A Thing that one may not see looks as if it were not there, as does a foreign invocation. */
function statusFor(grants: readonly Grant[], operation: OperationName, name: MachineName): string {
  if (!sees(grants, name)) return '404';
  if (may(grants, operation, name)) return '2xx';
  return operation === 'queryaction' || operation === 'cancelaction' ? '404' : '403';
}

describe('The policy on every binding', () => {
  let gateway: Gateway;
  const tokens = new Map<string, string>();
  const ids = new Map<string, string>();

  before(async function () {
    this.timeout(20_000);
    gateway = await openGateway({ port: 0, adopters: [adopter], allowPrivateAddresses: ['127.0.0.0/8'] });
    const td = { ...TD, properties: { only: { type: 'integer', forms: [{ href: 'coap://127.0.0.1/x' }] } } };
    for (const name of MACHINES) {
      const { id } = await gateway.adoptions.adopt({ td, name, organization: THINGS[name] });
      ids.set(name, id);
    }
    for (const [name, grants] of Object.entries(GRANTS)) {
      const { id } = await gateway.people.addUser({ name });
      for (const { thing, ...grant } of grants) {
        const narrowed = thing === undefined ? {} : { thing: ids.get(thing) ?? '' };
        await gateway.people.grant(id, { ...grant, ...narrowed });
      }
      tokens.set(name, (await gateway.people.issueToken(id)).secret);
    }
    const device = await gateway.fleet.provision({ kind: 'telemetry', name: 'ems_001', organization: 'acme' });
    tokens.set('a-device', device.token);
  });

  after(async () => gateway[Symbol.asyncDispose]());

  const request = (token: string, path: string, [method = 'GET', body, accept]: readonly (string | undefined)[] = []) =>
    fetch(gateway.url + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(accept === undefined ? {} : { accept }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    });

  const tokenOf = (name: string): string => tokens.get(name) ?? '';

  /** An invocation that is nobody's but the superuser's. */
  const foreignInvocation = async (name: MachineName): Promise<string> => {
    const answer = await request(gateway.adminToken, `/things/${name}/actions/bake`, ['POST']);
    return answer.headers.get('location')?.split('/').at(-1) ?? '';
  };

  const toStatus = (status: number): string => (status >= 200 && status < 300 ? '2xx' : String(status));

  const callers = [...Object.entries(GRANTS), ['a-device', []] as const];

  it('tells subscribers of the states only of those invocations that they may query', async () => {
    await using operator = await connect(gateway.url, tokenOf('operator-of-acme'));
    await using viewer = await connect(gateway.url, tokenOf('viewer-of-acme'));
    const thingID = ids.get('acme-machine');
    const subscription = { thingID, operation: 'subscribeevent', name: 'actionStatus' };
    for (const consumer of [operator, viewer]) expect(await consumer.status(subscription)).to.equal(200);
    const foreign = await foreignInvocation('acme-machine');
    await operator.message((message) => JSON.stringify(message).includes(foreign));
    // What would have come came before the answer to a later request.
    await viewer.status({ thingID, operation: 'readproperty', name: 'target' });
    expect(JSON.stringify(viewer.received)).to.not.include(foreign);
  });

  for (const [caller, grants] of callers) {
    for (const name of MACHINES) {
      it(`by HTTP lets ${caller} do with the ${name} what it may, and nothing else`, async () => {
        const wrong: string[] = [];
        const seen = await request(tokenOf(caller), `/things/${name}`);
        if (toStatus(seen.status) !== (sees(grants, name) ? '2xx' : '404')) wrong.push(`describe: ${seen.status}`);
        await seen.body?.cancel();
        for (const operation of OPERATION_NAMES) {
          const { http } = RULES[operation];
          if (!http) continue;
          const [method, path, body, accept] = http;
          const concrete = path.includes('{id}') ? path.replace('{id}', await foreignInvocation(name)) : path;
          const text = body === undefined ? undefined : JSON.stringify(body);
          const answer = await request(tokenOf(caller), `/things/${name}${concrete}`, [method, text, accept]);
          await answer.body?.cancel();
          const expected = statusFor(grants, operation, name);
          if (toStatus(answer.status) !== expected) wrong.push(`${operation}: ${answer.status}, not ${expected}`);
        }
        expect(wrong).to.deep.equal([]);
      });

      it(`over the WebSocket lets ${caller} do with the ${name} what it may, and nothing else`, async () => {
        await using consumer = await connect(gateway.url, tokenOf(caller));
        const wrong: string[] = [];
        for (const operation of OPERATION_NAMES) {
          const { members } = RULES[operation];
          const isAboutRun = operation === 'queryaction' || operation === 'cancelaction';
          const actionID = isAboutRun ? { actionID: await foreignInvocation(name) } : {};
          const status = await consumer.status({ thingID: ids.get(name), operation, ...members, ...actionID });
          const expected = statusFor(grants, operation, name);
          if (toStatus(status) !== expected) wrong.push(`${operation}: ${status}, not ${expected}`);
        }
        expect(wrong).to.deep.equal([]);
      });
    }

    it(`lists for ${caller} the Things that it may see, at every door`, async () => {
      const token = tokenOf(caller);
      const visible = MACHINES.filter((name) => sees(grants, name));
      const json = async (path: string): Promise<unknown> => (await request(token, path)).json();
      const machinesIn = (text: string): readonly string[] => MACHINES.filter((name) => text.includes(name));
      for (const path of ['/things', '/things/', '/thing_descriptions/', '/openapi.json']) {
        expect(machinesIn(JSON.stringify(await json(path))), path).to.deep.equal(visible);
      }
      await using consumer = await connect(gateway.url, token, 'webthing');
      consumer.send({ messageType: 'setProperty' });
      await consumer.message(({ messageType }) => messageType === 'error');
      const introduced = new Set(consumer.received.map(({ id }) => id));
      expect(
        MACHINES.filter((name) => introduced.has(name)),
        'webthing',
      ).to.deep.equal(visible);
    });

    it(`lets ${caller} do no more in the older dialects`, async () => {
      for (const name of MACHINES) {
        const answered = async (path: string, ...how: readonly string[]): Promise<string> => {
          const answer = await request(tokenOf(caller), `/things/${name}${path}`, how);
          await answer.body?.cancel();
          return toStatus(answer.status);
        };
        const foreign = await foreignInvocation(name);
        const found = await request(tokenOf(caller), `/action_invocations/${foreign}`);
        expect(toStatus(found.status), 'LabThings: a run of somebody else').to.equal(
          statusFor(grants, 'queryaction', name),
        );
        const expected = (operation: OperationName) => statusFor(grants, operation, name);
        expect(await answered('/target'), 'LabThings: read').to.equal(expected('readproperty'));
        expect(await answered('/target', 'PUT', '8'), 'LabThings: write').to.equal(expected('writeproperty'));
        expect(await answered('/bake', 'POST'), 'LabThings: invoke').to.equal(expected('invokeaction'));
        const named = JSON.stringify({ target: 9 });
        expect(await answered('/properties/target', 'PUT', named), 'WebThings: write').to.equal(
          expected('writeproperty'),
        );
        const requested = JSON.stringify({ bake: {} });
        expect(await answered('/actions', 'POST', requested), 'WebThings: invoke').to.equal(expected('invokeaction'));
      }
    });

    it(`tells ${caller} of the invocations of others only what it may query`, async () => {
      for (const name of MACHINES.filter((one) => may(grants, 'queryallactions', one, []))) {
        const foreign = await foreignInvocation(name);
        for (const path of [`/things/${name}/actions`, '/action_invocations']) {
          const listed = await (await request(tokenOf(caller), path)).text();
          expect(listed.includes(foreign), path).to.equal(may(grants, 'queryaction', name));
        }
      }
    });

    it(`describes to ${caller} only what it may do`, async () => {
      for (const name of MACHINES.filter((one) => sees(grants, one))) {
        const answer = await request(tokenOf(caller), `/things/${name}`);
        const td: Readonly<Record<string, object | undefined>> = await answer.json();
        for (const [group, operations, all] of AFFORDANCES) {
          const expected = all.filter((one) => operations.some((operation) => may(grants, operation, name, [one])));
          // The safe action `history` belongs to the gateway, and not to what is declared here.
          const shown = Object.keys(td[group] ?? {}).filter((one) => one !== 'history');
          expect(shown, `${group} of ${name}`).to.have.members(expected);
        }
      }
    });
  }
});
