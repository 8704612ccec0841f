import { fileURLToPath } from 'node:url';
import { ThingError } from '@thingwright/core';
import {
  ADMIN_TOKEN_FILE,
  CERTIFICATE_FILE,
  type Configuration,
  DEMO_HARDWARE,
  type DemoPrinter,
  type Gateway,
  openGateway,
  openLog,
  openTracing,
  placeDemoPrinter,
  readConfiguration,
  startDemo,
  type Tracing,
} from '@thingwright/gateway';
import { EXIT, type ExitStatus } from '../exit-status.js';
import { loadAdopters } from '../load-adopters.js';
import type { Terminal } from '../terminal.js';

/** Runs a gateway until SIGINT or SIGTERM. */
export async function serve(options: Readonly<Record<string, unknown>>, terminal: Terminal): Promise<ExitStatus> {
  using stop = terminal.interruption();
  let configuration: Configuration;
  try {
    configuration = await readConfiguration({ options, environment: terminal.environment });
  } catch (error) {
    return refuse(error, terminal);
  }
  const log = openLog(configuration.logLevel);
  let tracing: Tracing | undefined;
  try {
    tracing = await openTracing(terminal.environment, log);
  } catch (error) {
    return refuse(error, terminal);
  }
  await using _tracing = tracing;
  let gateway: Gateway;
  let printer: DemoPrinter | undefined;
  try {
    printer = await demoPrinterOf(configuration);
    const adopters = await loadAdopters(configuration.adopt);
    const hardware = configuration.hardware ?? (configuration.demo ? DEMO_HARDWARE : []);
    gateway = await openGateway({
      ...configuration,
      ...printer?.gateway,
      hardware,
      adopters,
      log,
      ...(tracing ? { tracer: tracing.tracer } : {}),
    });
  } catch (error) {
    return refuse(error, terminal);
  }
  await using open = gateway;
  if (open.adminTokenIsNew) {
    terminal.tell(
      `Admin token, shown this once (kept in ${configuration.data}/${ADMIN_TOKEN_FILE}): ${open.adminToken}`,
    );
  }
  if (open.selfSigned?.isNew) {
    const { fingerprint } = open.selfSigned;
    terminal.tell(
      `Self-signed certificate, SHA-256, shown this once (kept in ${configuration.data}/${CERTIFICATE_FILE}): ${fingerprint}`,
    );
  }
  const command = simulatorCommand();
  const demo = { command, log, logLevel: configuration.logLevel, ...(printer ? { printer } : {}) };
  await using _demo = configuration.demo ? await startDemo(open, demo) : undefined;
  terminal.print(readyLine(open));
  const signal = await stop.happened;
  log.info({ signal }, 'closing');
  return EXIT.done;
}

/** Whoever looks for the printers of the network wants no simulated one. */
async function demoPrinterOf(configuration: Configuration): Promise<DemoPrinter | undefined> {
  const { demo, discovery } = configuration;
  return demo && !discovery?.includes('printers') ? placeDemoPrinter(configuration) : undefined;
}

const readyLine = ({ url, tlsUrl, version }: Gateway): string =>
  JSON.stringify({ event: 'ready', url, ...(tlsUrl === undefined ? {} : { tlsUrl }), pid: process.pid, version });

/** This very command, in the same manner of running. */
const simulatorCommand = (): [string, ...string[]] => [
  process.execPath,
  ...process.execArgv,
  fileURLToPath(new URL('../../bin/thingwright.js', import.meta.url)),
  'simulate',
];

/** One clear line for what a person can put right; anything else is a fault of ours and is thrown on. */
function refuse(error: unknown, terminal: Terminal): ExitStatus {
  if (!(error instanceof ThingError)) throw error;
  terminal.tell(`thingwright: ${error.message}`);
  return error.code === 'conflict' ? EXIT.inUse : EXIT.usage;
}
