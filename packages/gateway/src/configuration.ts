import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { type JournalLimits, ThingError } from '@thingwright/core';
import { isExamManager } from './device-manager/exam-manager.js';
import { type DiscoverySetting, readDiscoverySetting } from './discovery/discovery-setting.js';
import type { JwtOptions } from './identity/jwt-issuer.js';
import { readJwtSetting } from './identity/jwt-setting.js';
import { type PrintersSetting, readPrintersSetting } from './printers/printers-setting.js';
import { type Given, list, number, oneOf, type Parse, readText, text, truth } from './setting.js';
import { readStoreSetting, type StoreSetting } from './store-setting.js';
import { readTlsSetting, type TlsSetting } from './tls/tls-setting.js';
import { readUpgraderSetting, type UpgraderSetting } from './upgrader/upgrader-setting.js';

/** The levels of the log, from much to nothing. */
const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** How much is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** All that can be set of a gateway, checked. Absent members take their defaults. */
export interface Configuration extends UpgraderSetting, DiscoverySetting, PrintersSetting {
  readonly port: number;
  readonly host: string;
  readonly tls?: TlsSetting;
  /** Seconds; absent: browsers are not told to come by TLS only. */
  readonly hsts?: number;
  readonly maxConnections?: number;
  readonly maxConnectionsPerAddress?: number;
  readonly data: string;
  readonly demo: boolean;
  readonly publicUrl?: string;
  readonly allowOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly adminToken?: string;
  readonly pepper?: string;
  /** An outside issuer of JSON Web Tokens. */
  readonly jwt?: JwtOptions;
  readonly logLevel: LogLevel;
  readonly strict: boolean;
  /** Whether Thing Descriptions carry what WebThings' clients look for. */
  readonly webthingsLinks: boolean;
  readonly journal: JournalLimits;
  /** How long what is kept. */
  readonly retention: StoreSetting['retention'];
  /** Bytes that the files of each organization may amount to; absent: as many as the disk holds. */
  readonly filesQuota?: number;
  /** A PostgreSQL in place of SQLite; a secret, for its password is in it. */
  readonly databaseUrl?: string;
  /** Adopters besides that of Thingwright's own client. */
  readonly adopt: readonly 'node-wot'[];
  readonly allowPrivateAddresses: readonly string[];
  /** Base address of a ScanHub exam manager, where scans find their sequences. */
  readonly examManager?: string;
}

/** Where settings come from. */
export interface ConfigurationSources {
  /** Options of a command line by name in camel case (`tlsPort`); they go first. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** `THINGWRIGHT_…`, second. A file named by `config` or `THINGWRIGHT_CONFIG` goes last. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The names of all settings. Each is an option (`--tls-port`), a variable (`THINGWRIGHT_TLS_PORT`) and a member of the file. */
const NAMES = [
  'port',
  'host',
  'tls',
  'tlsPort',
  'tlsCert',
  'tlsKey',
  'hsts',
  'maxConnections',
  'maxConnectionsPerAddress',
  'data',
  'demo',
  'publicUrl',
  'allowOrigin',
  'trustedProxies',
  'adminToken',
  'secret',
  'jwtIssuer',
  'jwtAudience',
  'jwksUri',
  'jwtGrantsClaim',
  'logLevel',
  'strict',
  'webthingsLinks',
  'journalCount',
  'journalAge',
  'adopt',
  'allowPrivateAddresses',
  'discovery',
  'discoveryInterfaces',
  'discoveryUrls',
  'discoveryAdopt',
  'announce',
  'printerAddresses',
  'printerRoot',
  'databaseUrl',
  'historyDays',
  'historyMeansDays',
  'auditDays',
  'filesQuota',
  'examManager',
  'upgradeConcurrency',
  'maxImageSize',
  'hardware',
  'imageKey',
] as const;

type SettingName = (typeof NAMES)[number];

const isName = (name: string): name is SettingName => NAMES.some((known) => known === name);

/** Secrets are no options: a command line is there for everybody on the machine to read. */
const NO_OPTIONS: ReadonlySet<string> = new Set(['adminToken', 'secret', 'databaseUrl']);

/**
 * Puts the settings together: an option goes before its variable, that before the file, that before the default.
 * @throws ThingError `invalid` that names the setting, where it came from and its value (secrets' values excepted).
 */
export async function readConfiguration({
  options = {},
  environment = {},
}: ConfigurationSources): Promise<Configuration> {
  const file = await readFileSettings(options.config ?? environment.THINGWRIGHT_CONFIG);
  const given = (name: SettingName): Given | undefined => {
    const option = NO_OPTIONS.has(name) ? undefined : options[name];
    if (option !== undefined) return { value: option, source: `--${kebab(name)}` };
    const variable = variableOf(name);
    const value = environment[variable];
    if (value !== undefined && value !== '') return { value, source: variable };
    return file.get(name);
  };
  const get = <T>(name: SettingName, parse: Parse<T>): T | undefined => {
    const found = given(name);
    return found && parse(found);
  };

  const tls = await readTlsSetting({
    mode: given('tls'),
    port: get('tlsPort', port),
    cert: given('tlsCert'),
    key: given('tlsKey'),
  });
  const jwt = readJwtSetting({
    issuer: given('jwtIssuer'),
    audience: given('jwtAudience'),
    jwksUri: given('jwksUri'),
    grantsClaim: given('jwtGrantsClaim'),
  });
  const hsts = get('hsts', number({ least: 0, most: 63_072_000, what: 'a count of seconds up to two years' }));
  const maxConnections = get('maxConnections', connections);
  const maxConnectionsPerAddress = get('maxConnectionsPerAddress', connections);
  const publicUrl = get('publicUrl', text(isOrigin, 'a URL without a path, such as https://lab.example'));
  const adminToken = get('adminToken', text(isToken, 'a text of visible ASCII characters'));
  const pepper = get('secret', text(isNotEmpty, 'a text'));
  const examManager = get('examManager', text(isExamManager, 'a URL such as http://exam-manager:8000/api/v1/exam'));
  const count = get('journalCount', number({ least: 0, most: 1_000_000, what: 'a count up to 1000000' }));
  const seconds = get('journalAge', number({ least: 0, most: 31_536_000, what: 'a count of seconds' }));
  const store = readStoreSetting({
    databaseUrl: given('databaseUrl'),
    historyDays: given('historyDays'),
    historyMeansDays: given('historyMeansDays'),
    auditDays: given('auditDays'),
    filesQuota: given('filesQuota'),
  });
  const upgrader = await readUpgraderSetting({
    concurrency: given('upgradeConcurrency'),
    maxImageSize: given('maxImageSize'),
    hardware: given('hardware'),
    imageKey: given('imageKey'),
  });
  const discovery = readDiscoverySetting({
    mechanisms: given('discovery'),
    interfaces: given('discoveryInterfaces'),
    urls: given('discoveryUrls'),
    adopt: given('discoveryAdopt'),
    announce: given('announce'),
  });
  const printers = await readPrintersSetting({ addresses: given('printerAddresses'), root: given('printerRoot') });
  return {
    port: get('port', port) ?? 8080,
    host: get('host', text(isHostName, 'an address or a host name')) ?? '127.0.0.1',
    ...(tls ? { tls } : {}),
    ...(hsts === undefined ? {} : { hsts }),
    ...(maxConnections === undefined ? {} : { maxConnections }),
    ...(maxConnectionsPerAddress === undefined ? {} : { maxConnectionsPerAddress }),
    data: resolve(get('data', text(isNotEmpty, 'the path of a folder')) ?? './data'),
    demo: get('demo', truth) ?? false,
    ...(publicUrl === undefined ? {} : { publicUrl: new URL(publicUrl).origin }),
    allowOrigins: get('allowOrigin', list(isAllowable, 'an origin such as https://lab.example, nor *')) ?? [],
    trustedProxies: get('trustedProxies', list(isNetwork, 'an address or a network such as 10.0.0.0/8')) ?? [],
    ...(adminToken === undefined ? {} : { adminToken }),
    ...(pepper === undefined ? {} : { pepper }),
    ...(jwt ? { jwt } : {}),
    logLevel: get('logLevel', oneOf(LOG_LEVELS)) ?? 'info',
    strict: get('strict', truth) ?? false,
    webthingsLinks: get('webthingsLinks', truth) ?? false,
    adopt: (get('adopt', list(isAdopter, 'an adopter: there is node-wot')) ?? []).filter(isAdopter),
    allowPrivateAddresses:
      get('allowPrivateAddresses', list(isNetwork, 'an address or a network such as 10.0.0.0/8')) ?? [],
    journal: { ...(count === undefined ? {} : { count }), ...(seconds === undefined ? {} : { age: seconds * 1000 }) },
    ...(examManager === undefined ? {} : { examManager }),
    ...store,
    ...upgrader,
    ...discovery,
    ...printers,
  };
}

const connections = number({ least: 1, most: 1_000_000, what: 'a count from 1 to 1000000' });

const port = number({ least: 0, most: 65_535, what: 'a port from 0 to 65535' });

async function readFileSettings(path: unknown): Promise<ReadonlyMap<SettingName, Given>> {
  if (path === undefined || path === '') return new Map();
  if (typeof path !== 'string') throw new ThingError('invalid', '--config is the path of one file');
  const content = await readText({ value: path, source: '--config' });
  let settings: unknown;
  try {
    settings = JSON.parse(content);
  } catch (error) {
    throw new ThingError('invalid', `${path}: not JSON: ${error instanceof Error ? error.message : ''}`, {
      cause: error,
    });
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new ThingError('invalid', `${path}: a JSON object is needed`);
  }
  const found = new Map<SettingName, Given>();
  for (const [name, value] of Object.entries(settings)) {
    if (!isName(name)) throw new ThingError('invalid', `${path}: there is no setting '${name}'`);
    found.set(name, { value, source: `${path}: ${name}` });
  }
  return found;
}

const variableOf = (name: string): string => `THINGWRIGHT_${kebab(name).replaceAll('-', '_').toUpperCase()}`;

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function isNotEmpty(value: string): boolean {
  return value !== '';
}

function isHostName(value: string): boolean {
  return isIP(value) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(value);
}

function isOrigin(value: string): boolean {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { origin, pathname, search, username, hash } = new URL(value);
  return origin !== 'null' && pathname === '/' && search === '' && username === '' && hash === '';
}

const isAllowable = (value: string): boolean => value === '*' || isOrigin(value);

const isAdopter = (value: string): value is 'node-wot' => value === 'node-wot';

function isNetwork(value: string): boolean {
  const [address = '', bits, ...more] = value.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function isToken(value: string): boolean {
  return /^[\x21-\x7e]+$/.test(value);
}
