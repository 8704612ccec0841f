import {
  type CompileCheck,
  type Context,
  isMembers,
  nullable,
  type Site,
  type Thing,
  ThingError,
} from '@thingwright/core';
import { acceptJsonBodies, type Binding } from '@thingwright/listener';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as t from 'typebox';
import { STATUSES } from '../scanner.model.js';
import { callerOf, identifyCallers } from './callers.js';
import { answerWithDetails } from './detailed-errors.js';
import { type DeviceRecord, mayReadDevice, readDevice } from './device-record.js';
import { bodyReader } from './request-body.js';
import type { RegisteredScanner, ScannerRegistry } from './scanner-registry.js';
import { addStartScan, type FindSequence } from './start-scan.js';

/** What the device manager needs of the program that serves it. */
export interface DeviceManagerOptions {
  readonly registry: ScannerRegistry;
  readonly compileCheck: CompileCheck;
  /** Absent: callers send the sequence of a scan with it. */
  readonly findSequence?: FindSequence;
}

const PREFIX = '/api/v1/device';
const UUID = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/i;
/** Bytes of a name and a description of the greatest length, however they are escaped. */
const MAX_CREATION = 65_536;

const Creation = t.Object({
  name: t.String({ maxLength: 200 }),
  description: t.String({ maxLength: 2000 }),
  status: t.Optional(nullable(t.Enum([...STATUSES]))),
});

/** A scanner that a caller may see. */
interface Seen {
  readonly thing: Thing;
  readonly registered: RegisteredScanner;
}

/**
 * Adds the calls of a ScanHub device manager at `/api/v1/device` (reference, section 9.1), for the programs that know them: views of the
 * same Things, in the words of the wire, for those whom the policy of the Things lets. Errors are `{"detail": "<text>"}`.
 */
export function deviceManager({ registry, compileCheck, findSequence }: DeviceManagerOptions): Binding {
  return {
    open(site, listener) {
      const look = seeing(site, registry);
      const addCalls = (app: FastifyInstance): void => {
        acceptJsonBodies(app);
        identifyCallers(app, listener);
        addReading(app, site, { registry, look });
        addManaging(app, site, { registry, compileCheck, look });
        const thingOf = (uuid: string, context: Context): Thing => look(uuid, context).thing;
        const mayStart = (thing: Thing, { principal }: Context): boolean =>
          site.policy({ principal, thing, operation: 'invokeaction', affordance: 'startScan' });
        addStartScan(app, { listener, compileCheck, findSequence, thingOf, mayStart });
      };
      listener.fastify.register(
        (app, _options, done) => {
          answerWithDetails(app, site.log);
          // Open, as those who watch over programs expect it: it says no more than /readyz.
          app.get('/health/readiness', async () => {
            await registry.check();
            return { status: 'ok' };
          });
          app.register((inner, _inherited, ready) => {
            addCalls(inner);
            ready();
          });
          done();
        },
        { prefix: PREFIX },
      );
    },
  };
}

/** Finds the scanner with a UUID. @throws ThingError `invalid` for what is none, `notFound` also for one that the caller may not see. */
type Look = (uuid: string, context: Context) => Seen;

const seeing =
  (site: Site, registry: ScannerRegistry): Look =>
  (uuid, { principal }) => {
    if (!UUID.test(uuid)) throw new ThingError('invalid', `'device_id' has to be a UUID`);
    const registered = registry.find(`urn:uuid:${uuid.toLowerCase()}`);
    const thing = registered && site.byID(registered.id);
    if (registered && thing && site.isVisible(thing, principal)) return { thing, registered };
    throw new ThingError('notFound', 'Device not found');
  };

type OfDevice = { Params: { device: string } };

function addReading(
  app: FastifyInstance,
  site: Site,
  { registry, look }: { readonly registry: ScannerRegistry; readonly look: Look },
): void {
  app.get('/', async (request) => {
    const caller = callerOf(request);
    const devices: DeviceRecord[] = [];
    for (const registered of registry.list()) {
      const thing = site.byID(registered.id);
      if (thing && mayReadDevice(site, thing, caller)) devices.push(await readDevice(thing, registered, caller));
    }
    return devices;
  });

  app.get<OfDevice>('/:device', async (request) => {
    const { thing, registered } = look(request.params.device, callerOf(request));
    return readDevice(thing, registered, callerOf(request));
  });
}

function addManaging(
  app: FastifyInstance,
  site: Site,
  {
    registry,
    compileCheck,
    look,
  }: { readonly registry: ScannerRegistry; readonly compileCheck: CompileCheck; readonly look: Look },
): void {
  const readCreation = bodyReader(compileCheck, Creation);

  app.post('/createdevice', { bodyLimit: MAX_CREATION }, async (request, reply) => {
    const { name, description } = readCreation(request.body);
    if (name === '') return reply.code(400).send({ detail: 'The device name must not be empty!' });
    if (description === '') return reply.code(400).send({ detail: 'The description name must not be empty!' });
    const { id, token } = await create(site, registry, { label: { name, description }, context: callerOf(request) });
    return reply
      .header('cache-control', 'no-store')
      .header('content-disposition', 'attachment; filename="device_credentials.json"')
      .send({ device_token: token, device_id: id.replace(/^urn:uuid:/, '') });
  });

  app.delete<OfDevice>('/:device', async (request, reply) => {
    const caller = callerOf(request);
    const { registered } = look(request.params.device, caller);
    await registry.remove(registered.name, caller);
    return reply.code(204).send();
  });

  app.put<OfDevice>('/parameter/:device', async (request: FastifyRequest<OfDevice>) => {
    const caller = callerOf(request);
    const { thing, registered } = look(request.params.device, caller);
    const value = request.body;
    if (!isMembers(value)) throw new ThingError('invalid', 'The body has to be a JSON object');
    await thing.request({ op: 'writeproperty', name: 'parameter', value }, caller);
    return readDevice(thing, registered, caller);
  });
}

/** Makes a scanner known and labels it, or does neither. */
async function create(
  site: Site,
  registry: ScannerRegistry,
  { label, context }: { readonly label: { name: string; description: string }; readonly context: Context },
): Promise<{ readonly id: string; readonly token: string }> {
  const created = await registry.create(label.name, context);
  const thing = site.byID(created.id);
  if (!thing) throw new ThingError('unavailable', 'The device has been removed meanwhile');
  try {
    await thing.request({ op: 'writeproperty', name: 'label', value: label }, context);
  } catch (error) {
    await registry.remove(thing.name, context);
    throw error;
  }
  return created;
}
