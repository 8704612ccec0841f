import { expect } from 'chai';
import fc from 'fast-check';
import { expectProblem, expectSuccess, expectToFit } from '../fixture/checks.js';
import { at, isObject, type Message } from '../fixture/consumer.js';
import { dialForm, driveHttp, driveSse, expand, membersFor, methodOf } from '../fixture/drive.js';
import { openStream } from '../fixture/event-stream.js';
import { holdExchange } from '../fixture/exchange.js';
import { affordancesOf, formsOf, type PlacedForm } from '../fixture/forms.js';
import { type Greenhouse, OPERATOR, openGreenhouse, VIEWER } from '../fixture/greenhouse.js';
import { expectJson, mediaType, send } from '../fixture/http.js';
import { STUCK } from '../fixture/vent.js';

const isHttp = ({ url }: PlacedForm): boolean => /^https?:/.test(url);
const isSse = (placed: PlacedForm): boolean => isHttp(placed) && placed.subprotocol === 'sse';
const isPlain = (placed: PlacedForm): boolean => isHttp(placed) && placed.subprotocol === undefined;
const isSocket = ({ url }: PlacedForm): boolean => /^wss?:/.test(url);
/** Ending a stream is closing it; no request is made. */
const isEnd = (operation: string): boolean => operation.startsWith('un');

/** Every form with each of its operations, as a caller gets them. */
async function everyUse(house: Greenhouse, token = OPERATOR) {
  const td = await house.td(token);
  const uses = formsOf(td).flatMap((placed) => placed.op.map((operation) => ({ placed, operation })));
  expect(uses.length).to.be.greaterThan(20);
  return { td, uses };
}

const nameOf = ({ placed, operation }: { placed: PlacedForm; operation: string }): string =>
  `${operation} ${placed.name} ${placed.url}`;

/** Every value that frames carry, with the place of its schema in the TD. */
function valuesIn(frame: Message, action?: unknown): readonly (readonly [value: unknown, place: readonly string[]])[] {
  const name = String(frame.name ?? action);
  const values = isObject(frame.values) ? Object.entries(frame.values) : [];
  const output = at(frame, 'status', 'output') ?? frame.output;
  return [
    ...(frame.value === undefined ? [] : [[frame.value, ['properties', name]] as const]),
    ...values.map(([property, value]) => [value, ['properties', property]] as const),
    ...(frame.data === undefined ? [] : [[frame.data, ['events', name, 'data']] as const]),
    ...(output === undefined ? [] : [[output, ['actions', name, 'output']] as const]),
  ];
}

describe('whether Thing Descriptions tell the truth', () => {
  for (const token of [OPERATOR, VIEWER]) {
    it(`td-default-http-method, bindings-server-accept, server-uri-template: every HTTP form does what it says (${token})`, async () => {
      await using house = await openGreenhouse();
      const { uses } = await everyUse(house, token);
      const plain = uses.filter(({ placed }) => isPlain(placed));
      for (const use of plain.filter(({ placed }) => placed.name !== 'soak')) {
        const { status, body } = await driveHttp(use.placed, use.operation, token);
        expect(status, `${nameOf(use)}: ${body.toString()}`).to.be.oneOf([200, 201, 204]);
      }
      const streams = uses.filter(({ placed, operation }) => isSse(placed) && !isEnd(operation));
      expect(streams.length).to.be.greaterThan(3);
      for (const use of streams) expect(await driveSse(use.placed, token), nameOf(use)).to.include({ status: 200 });
    });

    it(`bindings-requirements-scheme, bindings-server-accept: every WebSocket form does what it says (${token})`, async () => {
      await using house = await openGreenhouse();
      const { td, uses } = await everyUse(house, token);
      const socketUses = uses.filter(({ placed }) => isSocket(placed));
      const [first] = socketUses;
      if (!first) throw new Error('there is no form for a socket');
      expect(new Set(socketUses.map(({ placed }) => placed.url)).size).to.equal(1);
      await using consumer = await dialForm(first.placed, td, token);
      const instances = new Map<string, unknown>();
      for (const { placed, operation } of socketUses) {
        if (placed.name === 'soak') continue;
        const actionID = instances.get(placed.name);
        if (/^(query|cancel)action$/.test(operation)) {
          if (actionID !== undefined) expectSuccess(await consumer.ask(operation, { actionID }));
          continue;
        }
        const response = expectSuccess(await consumer.ask(operation, membersFor(placed, operation)));
        if (operation === 'invokeaction') instances.set(placed.name, at(response, 'status', 'actionID'));
      }
      expect(instances.size).to.be.greaterThan(0);
    });
  }

  it('bindings-requirements-scheme: hrefs are those of HTTP and WebSocket', async () => {
    await using house = await openGreenhouse();
    for (const { placed } of (await everyUse(house)).uses) expect(placed.url).to.match(/^(?:http|ws)s?:\/\//);
  });

  it('td-default-http-method: what has no default method is no plain HTTP form, or states one', async () => {
    await using house = await openGreenhouse();
    for (const { placed, operation } of (await everyUse(house)).uses) {
      if (isPlain(placed)) expect(methodOf(placed, operation), operation).to.be.a('string');
    }
  });

  it('td-expectedResponse-contentType: answers have the media type that the form or its response states', async () => {
    await using house = await openGreenhouse();
    for (const use of (await everyUse(house)).uses) {
      const { placed, operation } = use;
      if (placed.name === 'soak' || isSocket(placed) || isEnd(operation)) continue;
      // The sub-protocol says how the stream is framed; the form's media type is that of the data inside.
      if (isSse(placed)) {
        expect((await driveSse(placed, OPERATOR)).type).to.match(/^text\/event-stream/);
        continue;
      }
      const answer = await driveHttp(placed, operation, OPERATOR);
      const stated = at(placed.form, 'response', 'contentType') ?? placed.contentType;
      if (answer.body.length > 0) expect(mediaType(answer), nameOf(use)).to.equal(stated);
    }
  });

  it('td-additionalExpectedResponse-contentType, td-additionalExpectedResponse-schema: errors are as the form announces them', async () => {
    await using house = await openGreenhouse();
    const { td, uses } = await everyUse(house);
    for (const use of uses.filter(({ placed }) => isPlain(placed))) {
      const answer = await driveHttp(use.placed, use.operation, 'wrong');
      expect(answer.status).to.equal(401);
      const announced = use.placed.form.additionalResponses;
      const fitting = (Array.isArray(announced) ? announced : []).find(
        (response) => at(response, 'contentType') === mediaType(answer) && at(response, 'success') !== true,
      );
      expect(fitting, nameOf(use)).not.to.equal(undefined);
      expectToFit(answer.json(), at(td, 'schemaDefinitions', String(at(fitting, 'schema'))));
    }
  });

  it('td-security-binding: every form asks for credentials, and takes those that it declares', async () => {
    await using house = await openGreenhouse();
    const { td, uses } = await everyUse(house);
    expect(at(td, 'securityDefinitions', String(at(td, 'security')), 'scheme')).to.equal('basic');
    const basic = { authorization: `Basic ${Buffer.from(`ada:${OPERATOR}`).toString('base64')}` };
    for (const use of uses.filter(({ placed }) => isPlain(placed))) {
      const { status, body } = await driveHttp(use.placed, use.operation, undefined);
      expect(status, nameOf(use)).to.equal(401);
      expectProblem(JSON.parse(body.toString()), 401);
    }
    for (const use of uses.filter(({ placed, operation }) => isSse(placed) && !isEnd(operation))) {
      expect(await driveSse(use.placed, undefined), nameOf(use)).to.include({ status: 401 });
    }
    for (const { placed, operation } of uses.filter(({ placed }) => isPlain(placed))) {
      if (methodOf(placed, operation) !== 'GET') continue;
      expect(await send(expand(placed.url), { headers: basic })).to.have.property('status', 200);
    }
  });

  it('td-security-no-extras: every scheme that is declared is a way in', async () => {
    await using house = await openGreenhouse();
    const td = await house.td();
    const { WebSocket } = await import('ws');
    const opens = (url: string, headers: Record<string, string>): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = new WebSocket(url, ['webthingprotocol'], { headers });
        socket.on('open', () => {
          socket.terminate();
          resolve(true);
        });
        socket.on('error', () => resolve(false));
      });
    const ways: Record<string, () => Promise<boolean>> = {
      basic_sc: () =>
        opens(house.socketUrl, { authorization: `Basic ${Buffer.from(`ada:${OPERATOR}`).toString('base64')}` }),
      bearer_sc: () => opens(house.socketUrl, { authorization: `Bearer ${OPERATOR}` }),
      ticket_sc: () => opens(`${house.socketUrl}?access_token=one-time-ticket`, {}),
    };
    const definitions = at(td, 'securityDefinitions');
    const names = Object.keys(isObject(definitions) ? definitions : {}).filter(
      (name) => at(definitions, name, 'scheme') !== 'combo',
    );
    expect(names).to.have.members(Object.keys(ways));
    for (const name of names) expect(await ways[name]?.(), name).to.equal(true);
    expect(await opens(house.socketUrl, {})).to.equal(false);
  });

  it('td-vocabulary-defaults: what a TD leaves unsaid is as TD 1.1 says by default', async () => {
    await using house = await openGreenhouse();
    const td = await house.td();
    for (const { kind, name, affordance } of affordancesOf(td)) {
      const op = formsOf(td).flatMap((placed) => (placed.kind === kind && placed.name === name ? placed.op : []));
      if (kind !== 'properties') continue;
      expect(op.includes('writeproperty'), `${name} can be written`).to.equal(affordance.readOnly !== true);
      expect(op.includes('readproperty'), `${name} can be read`).to.equal(affordance.writeOnly !== true);
      expect(op.includes('observeproperty'), `${name} can be observed`).to.equal(affordance.observable === true);
    }
    for (const { form } of formsOf(td))
      expect(form.op, 'no form relies on a default operation').not.to.equal(undefined);
    const definitions = at(td, 'securityDefinitions');
    for (const scheme of isObject(definitions) ? Object.values(definitions) : []) {
      // By default a reader expects a JWT signed with ES256.
      if (at(scheme, 'scheme') === 'bearer') expect(at(scheme, 'format')).to.equal('opaque');
    }
  });
});

describe('whether schemas tell the truth', () => {
  it('server-data-schema: every value sent over a socket fits its schema', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const { turns } = await holdExchange(house, consumer);
    const td = await house.td();
    const values = turns.flatMap(({ frames }) => frames.flatMap((frame) => valuesIn(frame)));
    expect(values.length).to.be.greaterThan(40);
    for (const [value, place] of values) expectToFit(value, at(td, ...place), place.join('/'));
  });

  it('server-data-schema: every actionStatus event fits its schema', async () => {
    await using house = await openGreenhouse();
    await using stream = await openStream(`${house.url}/things/vent/events/actionStatus`, { token: OPERATOR });
    await house.send('actions/sweep', { method: 'POST', json: { to: 1 } });
    await stream.count(1);
    house.vent.sweeps[0]?.finish(1);
    const schema = at(await house.td(), 'events', 'actionStatus', 'data');
    for (const { data } of await stream.count(3)) expectToFit(JSON.parse(data), schema);
  });

  it('server-data-schema: every value sent over HTTP fits its schema', async () => {
    await using house = await openGreenhouse();
    const td = await house.td();
    const all = expectJson(await house.send('properties'));
    for (const [name, value] of Object.entries(isObject(all) ? all : {})) {
      expectToFit(value, at(td, 'properties', name), name);
      expectToFit(expectJson(await house.send(`properties/${name}`)), at(td, 'properties', name), name);
    }
  });

  for (const name of ['angle', 'mode', 'note', 'setpoint']) {
    it(`server-data-schema: ${name} takes what its schema takes, and refuses what it refuses`, async () => {
      await using house = await openGreenhouse();
      await using consumer = await house.dial();
      const schema = at(await house.td(), 'properties', name);
      const candidates = fc.oneof(
        fc.jsonValue({ maxDepth: 2 }),
        fc.double({ min: -10, max: 100, noNaN: true }),
        fc.string({ maxLength: 90 }),
        fc.constantFrom('auto', 'manual', 0, 90, 90.5, null),
      );
      await fc.assert(
        fc.asyncProperty(candidates, async (candidate) => {
          fc.pre(candidate !== STUCK);
          const value: unknown = JSON.parse(JSON.stringify(candidate));
          const response = await consumer.ask('writeproperty', { name, value });
          expect(at(response, 'error', 'status')).to.equal(fits(value, schema) ? undefined : 400);
        }),
        { numRuns: 60, seed: 42 },
      );
    });
  }

  it('server-data-schema: an action takes what its input schema takes, and refuses what it refuses', async () => {
    await using house = await openGreenhouse();
    await using consumer = await house.dial();
    const schema = at(await house.td(), 'actions', 'beep', 'input');
    const candidates = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.record({ times: fc.oneof(fc.integer({ min: -3, max: 9 }), fc.double({ min: 1, max: 5, noNaN: true })) }),
    );
    await fc.assert(
      fc.asyncProperty(candidates, async (candidate) => {
        const input: unknown = JSON.parse(JSON.stringify(candidate));
        const response = await consumer.ask('invokeaction', { name: 'beep', input });
        expect(at(response, 'error', 'status')).to.equal(fits(input, schema) ? undefined : 400);
      }),
      { numRuns: 60, seed: 42 },
    );
  });
});

function fits(value: unknown, schema: unknown): boolean {
  try {
    expectToFit(value, schema);
    return true;
  } catch {
    return false;
  }
}
