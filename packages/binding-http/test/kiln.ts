import { defineThing, expose, type Policy, state, ThingError } from '@thingwright/core';
import { type ServeOptions, serve } from '@thingwright/listener';
import * as t from 'typebox';
import { http } from '../src/http.js';
import { createAuthenticate } from './oven.js';

/** A Thing with what matters to LabThings' clients. */
const Kiln = defineThing({
  title: 'Kiln',
  properties: {
    target: { schema: t.Integer({ maximum: 1300 }) },
    lid: { schema: t.Boolean(), readOnly: true },
    steps: { schema: t.Array(t.Object({ minutes: t.Integer() })) },
    pin: { schema: t.String(), writeOnly: true },
    mode: { schema: t.String(), readOnly: true },
    unknown: { schema: t.Integer(), readOnly: true },
    broken: { schema: t.Integer(), readOnly: true },
    ws: { schema: t.Integer() },
    properties: { schema: t.Integer() },
  },
  actions: {
    bake: { input: t.Object({ minutes: t.Integer() }), output: t.Unknown(), progress: t.Number() },
    idle: {},
    add: { input: t.Object({ a: t.Number() }), output: t.Number(), synchronous: true },
    explode: { synchronous: true },
    cool: { cancelable: false },
    fire: {},
    one: {},
    mode: {},
  },
});

/** What a test does to a kiln. */
export interface KilnControls {
  readonly target: ReturnType<typeof state<number>>;
  /** Ends the baking that runs. */
  finish(outcome: unknown): void;
}

function createKiln() {
  let settle: (outcome: unknown) => void = () => undefined;
  const controls: KilnControls = { target: state(180), finish: (outcome) => settle(outcome) };
  const until = ({ signal }: { readonly signal: AbortSignal }): Promise<void> =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  const exposure = expose(Kiln, () => ({
    properties: {
      target: controls.target,
      lid: state(false).value,
      steps: state([{ minutes: 1 }]),
      pin: { write: () => undefined },
      mode: state('slow').value,
      unknown: state<number>().value,
      broken: {
        read: () => {
          throw new Error('secret of the sensor');
        },
      },
      ws: state(1),
      properties: state(1),
    },
    actions: {
      bake: (_input, { progress, log }) => {
        log('door locked');
        progress(40);
        return new Promise((resolve, reject) => {
          settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
        });
      },
      idle: (_input, run) => until(run),
      add: ({ a }) => a + 1,
      explode: () => {
        throw new Error('secret of the heater');
      },
      cool: (_input, run) => until(run),
      fire: {
        run: (_input, run) => until(run),
        cancel: () => {
          throw new ThingError('conflict', 'It burns');
        },
      },
      one: { concurrency: 1, queue: 0, run: (_input, run) => until(run) },
      mode: (_input, run) => until(run),
    },
  }));
  return { exposure, controls };
}

const Bell = defineThing({ title: 'Bell', actions: { ring: {} } });
const Plate = defineThing({ title: 'Plate' });

/** Ada may everything. Bob sees no bell, does not set `target`, does not bake, and knows of his own invocations only. */
const policy: Policy = ({ principal: { id }, thing, operation, affordance, invoker }) => {
  if (id !== 'user:bob') return true;
  if (thing.name === 'bell' && operation === 'describe') return false;
  if (operation === 'queryallactions' && thing.name === 'plate') return false;
  if (operation === 'writeproperty' && affordance === 'target') return false;
  return !(operation === 'invokeaction' && affordance === 'bake') && (invoker === undefined || invoker === id);
};

/** Serves a kiln, a bell and a plate, which has nothing; guarded, to those who authenticate. */
export async function serveKiln({ guarded = false, ...more }: Partial<ServeOptions> & { guarded?: boolean } = {}) {
  const { exposure, controls } = createKiln();
  const things = {
    kiln: exposure,
    bell: expose(Bell, () => ({ actions: { ring: () => undefined } })),
    plate: expose(Plate, () => ({})),
  };
  const guards = guarded ? { authenticate: createAuthenticate(), policy } : {};
  const served = await serve({ things, bindings: [http({ port: 0, grace: 100 })], ...guards, ...more });
  return { ...served, url: served.url, kiln: `${served.url}/things/kiln/`, ...controls };
}
