import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Tracer } from '@opentelemetry/api';
import { http } from '@thingwright/binding-http';
import { websocket } from '@thingwright/binding-websocket';
import { createMeter, createSite, type JournalLimits, type Log, silent, ThingError } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import { ListenError, openServer } from '@thingwright/listener';
import { deviceManager } from '@thingwright/scanner';
import { openSecretFile, type Secret } from '@thingwright/store';
import { merge } from 'rxjs';
import { createPrincipalAdministration } from './administration/principal-administration.js';
import { createThingAdministration } from './administration/thing-administration.js';
import type { Adopter } from './adoption/adopter.js';
import { type Adoptions, createAdoptions } from './adoption/adoptions.js';
import { clientAdopter } from './adoption/client-adopter.js';
import { createReachableAddresses } from './adoption/reachable-addresses.js';
import { type ClosingStack, createClosingStack } from './closing-stack.js';
import { DEVICE_KINDS, RESERVED } from './device-kinds.js';
import { createExamManager } from './device-manager/exam-manager.js';
import { createScannerRegistry } from './device-manager/scanner-registry.js';
import { type OpenDiscoveryOptions, openDiscovery } from './discovery/open-discovery.js';
import { createPrinterFinder } from './discovery/printer-finder.js';
import { type DoorOptions, listenOptionsOf } from './doors.js';
import { createFleet, type DeviceSummary, type Fleet } from './fleet.js';
import { GATEWAY_NAME, gatewayRoutes } from './gateway-routes.js';
import { gatewayThing } from './gateway-thing.js';
import type { AttemptLimits } from './identity/attempts.js';
import { LEAST_RANDOM } from './identity/authentication.js';
import { openEntrance } from './identity/entrance.js';
import type { JwtOptions } from './identity/jwt-issuer.js';
import type { People } from './identity/people.js';
import { GATEWAY_PROFILES, GATEWAY_SECURITY } from './identity/security.js';
import type { SessionLimits } from './identity/sessions.js';
import { gatewayFigures } from './observability/gateway-figures.js';
import { createMetrics } from './observability/metrics.js';
import { metricsRoutes } from './observability/metrics-routes.js';
import { createTrace } from './observability/tracing.js';
import { createPolicy } from './policy.js';
import { printerFileRoutes } from './printers/file-routes.js';
import { openPrinters, type PrintersOptions } from './printers/printers.js';
import { openRecords } from './records.js';
import type { StoreSetting } from './store-setting.js';
import type { SelfSigned } from './tls/self-signed.js';
import { type GatewayTls, openTls } from './tls/tls.js';
import { signInOf } from './upgrader/sign-in.js';
import { createUpgrader } from './upgrader/upgrader.js';
import type { UpgraderSetting } from './upgrader/upgrader-setting.js';
import { VERSION } from './version.js';

/** The file in the data folder that holds the admin token. */
export const ADMIN_TOKEN_FILE = 'admin-token';

/** What a gateway is opened with. */
export interface GatewayOptions
  extends DoorOptions,
    Partial<StoreSetting>,
    UpgraderSetting,
    OpenDiscoveryOptions,
    PrintersOptions {
  /** A TLS door beside the plain one. */
  readonly tls?: GatewayTls;
  /** Makes a span of every operation; absent: nobody traces. */
  readonly tracer?: Tracer;
  /** The folder that holds what it must remember; absent: nothing outlives it. */
  readonly data?: string;
  /** Who shows it may do everything; absent: kept in `<data>/admin-token`, made at first. */
  readonly adminToken?: string;
  /** The key under which tokens are hashed; absent: kept in `<data>/secret`, made at first. */
  readonly pepper?: string;
  readonly log?: Log;
  /** Conformance runs: no extension members, no leniency. */
  readonly strict?: boolean;
  /** Whether Thing Descriptions carry what WebThings' clients look for; default false, and never in strict mode. */
  readonly webthingsLinks?: boolean;
  /** How far back readers can resume; default: what core and the store say. */
  readonly journal?: JournalLimits;
  /** Failed attempts of one address. */
  readonly attempts?: AttemptLimits;
  /** An outside issuer of JSON Web Tokens. */
  readonly jwt?: JwtOptions;
  readonly sessions?: SessionLimits;
  /** For foreign Things that Thingwright's own client does not speak with; the first one that can adopt a Thing does. */
  readonly adopters?: readonly Adopter[];
  /**
   * Networks (`192.168.1.0/24`) and addresses that foreign Things and OpenWrt devices may have besides public ones. Default none: a Thing Description
   * is a stranger's, and would send the gateway to services that only its own network is to see.
   */
  readonly allowPrivateAddresses?: readonly string[];
  /** Base address of a ScanHub exam manager, where the scans of the device manager find their sequences; it is shown its callers' tokens. */
  readonly examManager?: string;
  /** Closes the gateway when it fires. */
  readonly signal?: AbortSignal;
}

/** A gateway at work. Disposing closes its doors, its Things and its store, in this order; twice does no harm. */
export interface Gateway extends AsyncDisposable {
  /** The id of its Thing. */
  readonly id: string;
  /** Its release. */
  readonly version: string;
  /** Base URL: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Base URL of the TLS door, if there is one. */
  readonly tlsUrl: string | undefined;
  /** The certificate of the TLS door, if the gateway made it itself. */
  readonly selfSigned: SelfSigned | undefined;
  readonly adminToken: string;
  /** Whether the admin token was made just now, and nobody has seen it yet. */
  readonly adminTokenIsNew: boolean;
  /** Its users and services, for the program that opened it. */
  readonly people: People;
  /** Its devices, for the program that opened it. */
  readonly fleet: Fleet;
  /** The foreign Things that it has adopted. */
  readonly adoptions: Adoptions;
}

/**
 * Opens a gateway; it listens, and the Things of all its devices are there, when this resolves.
 * @throws ThingError `conflict` if another gateway uses the data folder, `invalid` or `unavailable` if the folder cannot be
 * used, `unavailable` for a port that cannot be had. Then nothing stays open.
 */
export async function openGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { signal, log = silent } = options;
  signal?.throwIfAborted();
  const opened = createClosingStack(log);
  const close = async (): Promise<void> => opened[Symbol.asyncDispose]();
  try {
    const gateway = await open(options, opened);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', () => void close(), { once: true });
    return gateway;
  } catch (error) {
    await close();
    throw error instanceof ListenError ? new ThingError('unavailable', error.message, { cause: error }) : error;
  }
}

async function open(options: GatewayOptions, opened: ClosingStack): Promise<Gateway> {
  const { data, log = silent, strict = false, journal, tracer, examManager } = options;
  const meter = createMeter();
  const organizations = new Map<string, string>();
  const records = opened.add(await openRecords(options, (id) => organizations.get(id)));
  const { store, recording } = records;
  const { gatewayID } = store;
  const admin = await adminTokenOf(options);
  const entrance = opened.add(openEntrance(store, { ...options, adminToken: admin.value, came: recording.came }));
  const { deviceTokens: tokens } = entrance;
  const site = opened.add(
    createSite({
      compileCheck,
      authenticate: recording.authenticate(entrance.authenticate),
      policy: createPolicy({ gatewayID, organizationOf: (id) => organizations.get(id), reserved: RESERVED }),
      security: GATEWAY_SECURITY,
      profiles: GATEWAY_PROFILES,
      log,
      strict,
      meter,
      ...(tracer ? { trace: createTrace(tracer) } : {}),
      ...(journal ? { journal } : {}),
      memory: store.memory,
      audit: recording.audit,
    }),
  );
  const remembering = records.histories.over(site);

  const remember = (id: string, name: string, value: unknown): Promise<void> => store.devices.remember(id, name, value);
  const lastValues = (id: string) => store.memory.of(id).values;
  const { results } = store;
  const { trespassed } = recording;
  const identities = recording.identities(tokens);
  const deviceOf = (name: string): DeviceSummary | undefined => fleet.get(name);
  const signIn = signInOf(entrance.people, { attempts: entrance.attempts, signedIn: recording.signedIn });
  const addresses = createReachableAddresses(options.allowPrivateAddresses);
  const around = {
    store,
    identities,
    remember,
    deviceOf,
    addresses,
    organizations,
    signIn,
    tell: recording.upgraderAsked,
    log,
  };
  const upgrader = createUpgrader({ ...options, ...around });
  const printers = opened.add(
    await openPrinters(options, {
      looks: options.discovery?.includes('printers') ?? false,
      hasSome: async () => (await store.devices.list()).some(({ kind }) => kind === 'printer'),
      keep: remember,
    }),
  );
  const host = { printers, identities, log, trespassed, remember, lastValues, results, deviceOf, upgrader };
  const kinds = new Map([...DEVICE_KINDS].map(([name, declared]) => [name, { declared, open: declared.open(host) }]));
  for (const { open: kind } of kinds.values()) opened.add(kind);
  let url = options.publicUrl ?? '';
  const baseUrl = (): string => url;
  const fleet = createFleet({ site: remembering, registry: store.devices, tokens, organizations, kinds, baseUrl, log });
  const adoptions = opened.add(
    createAdoptions({
      site: remembering,
      registry: store.adoptedThings,
      organizations,
      adopters: [clientAdopter, ...(options.adopters ?? [])],
      addresses,
      baseUrl,
      log,
    }),
  );
  const discovery = opened.add(
    await openDiscovery(options, {
      gatewayID,
      addresses,
      adoptions,
      declined: store.declined,
      others: [createPrinterFinder({ printers, fleet })],
      log,
    }),
  );
  const things = createThingAdministration({ site, fleet, adoptions, discovery, openWrt: upgrader.openWrt });
  const principals = createPrincipalAdministration({ people: entrance.people, site, organizations });
  const facts = { version: VERSION, startedAt: new Date().toISOString() };
  site.add(
    GATEWAY_NAME,
    gatewayThing({ fleet, adoptions, discovery, things, principals, records: records.on(site) }, facts),
    {
      id: gatewayID,
    },
  );
  merge(fleet.removed, adoptions.released).subscribe(({ id }) => store.memory.forgetThing(id));
  fleet.removed.subscribe(({ id }) => upgrader.remove(id));
  merge(fleet.removed, fleet.moved).subscribe(({ id }) => {
    results.follow(id).catch((error: unknown) => {
      log.warn({ thing: id, error }, 'the results of a device follow it at the next start');
    });
  });
  await fleet.restore();
  await adoptions.restore();
  await upgrader.openThings(site);

  const doors = [...kinds.values()].map((kind) => kind.open.binding);
  const web = { webThingsLinks: options.webthingsLinks ?? false, listing: false };
  const metrics = createMetrics(meter, gatewayFigures(meter, { site, fleet, store }));
  const registry = createScannerRegistry({ site, fleet, check: async () => void (await store.check()) });
  const routes = [
    gatewayRoutes(store),
    metricsRoutes(metrics),
    deviceManager({ registry, compileCheck, ...(examManager ? { findSequence: createExamManager(examManager) } : {}) }),
    ...entrance.bindings,
    ...records.bindings,
    upgrader.binding,
    printerFileRoutes((name) => printers.demand().filesOf(name)),
  ];
  const bindings = [http(web), websocket(), ...routes, ...doors];
  const { host: address, publicUrl } = options;
  const tls = options.tls && (await openTls(options.tls, { data, host: address, publicUrl }));
  const server = opened.add(await openServer({ site, bindings, listen: listenOptionsOf(options, tls) }));
  url ||= server.url;
  opened.add(upgrader).run();
  discovery.begin(url);
  return {
    id: gatewayID,
    version: VERSION,
    url: server.url,
    tlsUrl: server.tlsUrl,
    selfSigned: tls?.selfSigned,
    adminToken: admin.value,
    adminTokenIsNew: admin.made,
    people: entrance.people,
    fleet,
    adoptions,
    [Symbol.asyncDispose]: async () => opened[Symbol.asyncDispose](),
  };
}

async function adminTokenOf({ adminToken, data, log = silent }: GatewayOptions): Promise<Secret> {
  if (adminToken !== undefined) {
    if (adminToken.length < LEAST_RANDOM) log.warn({}, 'the admin token is short enough to be guessed');
    return { value: adminToken, made: false };
  }
  if (data !== undefined) return openSecretFile(join(data, ADMIN_TOKEN_FILE));
  return { value: randomBytes(32).toString('base64url'), made: true };
}
