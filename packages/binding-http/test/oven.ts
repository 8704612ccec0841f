import {
  type Authenticate,
  defineThing,
  expose,
  type Policy,
  type Principal,
  state,
  ThingError,
} from '@thingwright/core';
import { type ServeOptions, serve } from '@thingwright/listener';
import { Subject } from 'rxjs';
import * as t from 'typebox';
import { type HttpOptions, http } from '../src/http.js';

/** A Thing with an affordance of every kind that matters to HTTP. */
const Oven = defineThing({
  title: 'Oven',
  properties: {
    temperature: { schema: t.Number({ unit: 'degree Celsius' }), readOnly: true },
    label: { schema: t.String({ maxLength: 20 }) },
    lamp: { schema: t.Boolean() },
    settings: { schema: t.Object({}, { additionalProperties: true }) },
    pin: { schema: t.String(), writeOnly: true },
    serial: { schema: t.String(), readOnly: true, observable: false },
    unknown: { schema: t.Integer(), readOnly: true },
    slow: { schema: t.Integer(), readOnly: true, observable: false },
    recipe: {
      schema: t.Object({}, { additionalProperties: true }),
      readOnly: true,
      observable: false,
      uriVariables: { servings: t.Integer({ minimum: 1 }), vegan: t.Boolean(), name: t.String() },
    },
    'door %20? ü': { schema: t.Boolean(), title: 'Left door' },
  },
  actions: {
    double: { input: t.Number(), output: t.Number(), synchronous: true, uriVariables: { plus: t.Number() } },
    beep: { synchronous: true },
    echo: { input: t.Object({}, { additionalProperties: true }), output: t.Unknown(), synchronous: true },
    explode: { synchronous: true },
    bake: { input: t.Object({ minutes: t.Integer() }), output: t.String() },
    clean: { output: t.String() },
  },
  events: { overheated: { data: t.Number() }, done: {} },
});

/** What a test does to an oven. */
export interface OvenControls {
  readonly temperature: ReturnType<typeof state<number>>;
  readonly label: ReturnType<typeof state<string>>;
  readonly settings: ReturnType<typeof state<object>>;
  readonly pins: string[];
  readonly overheated: Subject<number>;
  readonly done: Subject<void>;
  /** Ends the cleaning that runs. */
  finish(outcome: string | Error): void;
  /** Resolves when the slow read is asked for. */
  readonly asked: Promise<void>;
  /** Answers the slow read. */
  answer(value: number): void;
}

/** Makes an oven with its controls. */
export function createOven() {
  let settle: (outcome: string | Error) => void = () => undefined;
  let answer: (value: number) => void = () => undefined;
  let ask: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    ask = resolve;
  });
  const controls: OvenControls = {
    asked,
    temperature: state(20),
    label: state('kitchen'),
    settings: state<object>({}),
    pins: [],
    overheated: new Subject(),
    done: new Subject(),
    finish: (outcome) => settle(outcome),
    answer: (value) => answer(value),
  };
  const exposure = expose(Oven, () => ({
    properties: {
      temperature: controls.temperature.value,
      label: controls.label,
      settings: controls.settings,
      lamp: {
        value: state(false).value,
        write: () => {
          throw new Error('the bulb is broken');
        },
      },
      pin: { write: (pin) => void controls.pins.push(pin) },
      serial: { read: () => 'X-1' },
      unknown: state<number>().value,
      slow: {
        read: () =>
          new Promise<number>((resolve) => {
            answer = resolve;
            ask();
          }),
      },
      recipe: { read: ({ uriVariables }) => ({ ...uriVariables }) },
      'door %20? ü': state(true),
    },
    actions: {
      double: (value, { uriVariables: { plus = 0 } }) => 2 * value + Number(plus),
      beep: () => undefined,
      echo: (value) => value,
      explode: () => {
        throw new Error('secret of the heater');
      },
      bake: (_, { signal }) =>
        new Promise<string>((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('cold')), { once: true });
        }),
      clean: {
        concurrency: 1,
        queue: 0,
        run: () =>
          new Promise<string>((resolve, reject) => {
            settle = (outcome) => (typeof outcome === 'string' ? resolve(outcome) : reject(outcome));
          }),
      },
    },
    events: { overheated: controls.overheated, done: controls.done },
  }));
  return { exposure, controls };
}

const principal = (id: string): Principal => ({ id, kind: 'user', grants: [] });

/** Knows the tokens `ada` and `bob`, also as passwords; `eve` for as long as her session lasts. */
export function createAuthenticate(session: AbortSignal = new AbortController().signal): Authenticate {
  return (credentials) => {
    const token =
      credentials.kind === 'bearer' ? credentials.token : credentials.kind === 'basic' ? credentials.password : '';
    if (token === 'eve') return session.aborted ? undefined : { principal: principal('user:eve'), ended: session };
    return ['ada', 'bob'].includes(token) ? { principal: principal(`user:${token}`) } : undefined;
  };
}

/** Ada may everything. Bob sees no vault, reads no label, and queries his own invocations only. */
const policy: Policy = ({ principal: { id }, thing, affordance, invoker }) => {
  if (id !== 'user:bob') return true;
  return thing.name !== 'vault' && affordance !== 'label' && (invoker === undefined || invoker === id);
};

/** Serves an oven over HTTP on a free port. */
export async function serveOven(options: HttpOptions = {}, more: Partial<ServeOptions> = {}) {
  const { exposure, controls } = createOven();
  const served = await serve({
    things: { oven: exposure },
    bindings: [http({ port: 0, grace: 100, ...options })],
    ...more,
  });
  return { ...served, url: served.url, oven: `${served.url}/things/oven`, ...controls };
}

/** Serves an oven and a vault to those who authenticate. */
export const serveGuarded = (options: HttpOptions = {}, session?: AbortSignal) => {
  const vault = createOven().exposure;
  const { exposure, controls } = createOven();
  const things = { oven: exposure, vault };
  const security = { definitions: { basic_sc: { scheme: 'basic', name: 'Authorization' } }, thing: 'basic_sc' };
  const guards = { authenticate: createAuthenticate(session), policy, security };
  return serve({ things, bindings: [http({ port: 0, grace: 100, ...options })], ...guards }).then((served) => ({
    ...served,
    oven: `${served.url}/things/oven`,
    ...controls,
  }));
};

/** A header that shows a token. */
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Sends a JSON body. */
export const send = (method: string, url: string, value: unknown, headers: Record<string, string> = {}) =>
  fetch(url, { method, body: JSON.stringify(value), headers: { 'content-type': 'application/json', ...headers } });

/** A response's body as JSON. */
export const bodyOf = async (response: Response): Promise<unknown> => response.json();

/** A response's Problem Details, after a look at status and media type. */
export async function problemOf(response: Response, status: number): Promise<Record<string, unknown>> {
  const text = await response.text();
  if (response.status !== status) throw new Error(`expected ${status}, not ${response.status}: ${text}`);
  if (response.headers.get('content-type') !== 'application/problem+json') throw new ThingError('failed', text);
  const problem: unknown = JSON.parse(text);
  if (typeof problem !== 'object' || problem === null) throw new Error(text);
  return { ...problem };
}
