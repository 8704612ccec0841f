import { type Answer, type InvocationStatus, ThingError } from '@thingwright/core';
import type { RequestOperation, RequestOptions } from '../transport.js';
import type { FollowedRuns } from './followed-runs.js';
import type { LegacyServer } from './legacy-server.js';

/** What requests are made with. */
export interface LegacyRequestParts {
  readonly server: LegacyServer;
  readonly runs: FollowedRuns;
}

/** Runs an operation over HTTP; operations on several properties one by one, as these servers know no others. Rejects with a ThingError. */
export async function requestLegacy(
  operation: RequestOperation,
  { server, runs }: LegacyRequestParts,
  options: RequestOptions,
): Promise<Answer> {
  switch (operation.op) {
    case 'readproperty':
      return { value: await server.read(operation.name, options) };
    case 'writeproperty':
      return confirmed(await server.write(operation.name, operation.value, options));
    case 'readallproperties':
      return readAll(server, options);
    case 'readmultipleproperties':
      return readMultiple(server, operation.names, options);
    case 'writemultipleproperties':
      return writeMultiple(server, operation.values, options);
    case 'writeallproperties':
      refuseIncomplete(server, operation.values);
      return writeMultiple(server, operation.values, options);
    case 'invokeaction':
      return { status: runs.add(await server.invoke(operation.name, operation.input, options)) };
    case 'queryaction':
      return { status: await runs.query(operation.actionID) };
    case 'cancelaction':
      await server.cancel(runs.urlOf(operation.actionID));
      return {};
    case 'queryallactions':
      return { statuses: await allStatuses(server, runs) };
  }
}

const confirmed = (value: unknown): Answer => (value === undefined ? {} : { value });

/** What has no value, or is not ours to read, is left out of all. */
const LEFT_OUT: ReadonlySet<string> = new Set<ThingError['code']>([
  'unavailable',
  'forbidden',
  'unauthenticated',
  'notFound',
  'notAllowed',
]);

async function readAll(server: LegacyServer, options: RequestOptions): Promise<Answer> {
  if (server.readAll) return { values: await server.readAll(options) };
  const { properties = {} } = server.described.td;
  const names = Object.keys(properties).filter((name) => properties[name]?.writeOnly !== true);
  const { values, errors } = await readEach(server, names, options);
  const [failure] = [...errors.values()].filter(({ code }) => !LEFT_OUT.has(code));
  if (failure) throw failure;
  return { values: Object.fromEntries(values) };
}

async function readMultiple(server: LegacyServer, names: readonly string[], options: RequestOptions): Promise<Answer> {
  const { values, errors } = await readEach(server, names, options);
  return together(values, errors);
}

type Values = ReadonlyMap<string, unknown>;
type Errors = ReadonlyMap<string, ThingError>;

async function readEach(
  server: LegacyServer,
  names: readonly string[],
  options: RequestOptions,
): Promise<{ readonly values: Values; readonly errors: Errors }> {
  const values = new Map<string, unknown>();
  const errors = new Map<string, ThingError>();
  const read = async (name: string): Promise<void> => {
    try {
      values.set(name, await server.read(name, options));
    } catch (thrown) {
      errors.set(name, ThingError.from(thrown, `Property '${name}' could not be read`));
    }
  };
  await Promise.all(names.map(read));
  return { values, errors };
}

/** One after the other: a failed one does not stop the others. */
async function writeMultiple(
  server: LegacyServer,
  wanted: Readonly<Record<string, unknown>>,
  options: RequestOptions,
): Promise<Answer> {
  const values = new Map<string, unknown>();
  const errors = new Map<string, ThingError>();
  for (const [name, value] of Object.entries(wanted)) {
    try {
      const real = await server.write(name, value, options);
      if (real !== undefined) values.set(name, real);
    } catch (thrown) {
      errors.set(name, ThingError.from(thrown, `Property '${name}' could not be written`));
    }
  }
  return together(values, errors);
}

function together(values: Values, errors: Errors): Answer {
  if (errors.size === 0) return { values: Object.fromEntries(values) };
  const why = [...errors].map(([name, { detail }]) => `'${name}': ${detail}`).join('; ');
  throw new ThingError('failed', why, { errors: Object.fromEntries(errors), values: Object.fromEntries(values) });
}

function refuseIncomplete({ described: { td } }: LegacyServer, values: Readonly<Record<string, unknown>>): void {
  const missing = Object.entries(td.properties ?? {})
    .filter(([name, { readOnly }]) => readOnly !== true && !Object.hasOwn(values, name))
    .map(([name]) => `'${name}'`);
  if (missing.length === 0) return;
  throw new ThingError('invalid', `Writing all properties of '${td.title}' lacks ${missing.join(', ')}`);
}

async function allStatuses(
  server: LegacyServer,
  runs: FollowedRuns,
): Promise<Readonly<Record<string, readonly InvocationStatus[]>>> {
  const actions = Object.keys(server.described.td.actions ?? {});
  const statuses = await Promise.all(
    actions.map(async (action) => {
      const all = await server.runsOf(action);
      // Newest first; these servers list the oldest first.
      return [action, all.map((run) => runs.remember(run)).reverse()] as const;
    }),
  );
  return Object.fromEntries(statuses);
}
