/** Many scanners: some deliver files, some scan and say how far they are, and each of these has somebody who watches its progress. */
import { isMembers } from '@thingwright/core';
import { obey } from '../harness/commands.js';
import { type Figures, figure } from '../harness/figures.js';
import { microseconds } from '../wire.js';
import { type BigFile, bigFile, CHUNK } from './big-file.js';
import { type GatewayAPI, gatewayAPI } from './gateway-api.js';
import { createHistogram } from './histogram.js';
import { dialScanner, type RawScanner, type StartedTask } from './raw-scanner.js';
import { dialWebSocket, nextText, sendText } from './raw-socket.js';
import { createVerdict } from './verdict.js';

interface FleetScanner {
  readonly name: string;
  /** The id of its Thing. */
  readonly id: string;
  readonly scanner: RawScanner;
}

/** A scan that runs. */
interface Scan extends FleetScanner {
  readonly task: StartedTask;
  readonly run: string;
}

/** A scanner that says how far it is, and who watches it. */
interface Watched {
  /** When it said what the reader has to get next. */
  sentAt: number;
  /** The percentage that the reader has to get next. */
  next: number;
}

const AT_ONCE = 20;
/** Files of a scanner that delivers, one after the other, round and round. */
const FILES = 2;
const REQUEST = { sequence: { name: 'bench', seqFile: '' } };

const verdict = createVerdict();
const latencies = createHistogram();
const fleet: FleetScanner[] = [];
const files = new Map<string, readonly BigFile[]>();
const watched = new Map<string, Watched>();
let gateway: GatewayAPI | undefined;
let arrived = 0;
let stored = 0;

async function inGroups<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let n = 0; n < items.length; n += AT_ONCE) {
    done.push(...(await Promise.all(items.slice(n, n + AT_ONCE).map(work))));
  }
  return done;
}

const theGateway = (): GatewayAPI => {
  if (!gateway) throw new Error('There is no gateway');
  return gateway;
};

/** Those that deliver are of the second generation, which delivers many files in one scan. */
async function openScanner(port: number, n: number, active: number): Promise<FleetScanner> {
  const name = `mri_${String(n).padStart(3, '0')}`;
  const made = await theGateway().invoke('gateway', 'provisionDevice', { kind: 'scanner', name });
  if (!isMembers(made)) throw new Error('No scanner was provisioned');
  const [id, token] = [String(made.id), String(made.token)];
  const address = {
    port,
    id: id.replace('urn:uuid:', ''),
    token,
    generation: n < active || n % 2 === 1 ? 2 : 1,
  } as const;
  return { name, id, scanner: await dialScanner(address, verdict) };
}

/** Watches the progress of a scanner over a socket of its own. */
async function openReader(port: number, { name, id }: FleetScanner): Promise<void> {
  const watch: Watched = { sentAt: 0, next: 1 };
  watched.set(id, watch);
  const client = await dialWebSocket({ port, path: '/things', protocol: 'webthingprotocol' }, verdict);
  const ids = { thingID: id, messageID: crypto.randomUUID(), correlationID: crypto.randomUUID() };
  const answer = nextText(client);
  sendText(client, JSON.stringify({ ...ids, messageType: 'request', operation: 'observeproperty', name: 'progress' }));
  const response = JSON.stringify(await answer);
  if (!response.includes(ids.correlationID) || response.includes('"error"')) verdict.fail(response);
  client.onText = (bytes, { start, end }) => {
    const text = bytes.toString('utf8', start, end);
    const message: unknown = JSON.parse(text);
    // Where a scan begins, its progress goes back.
    if (isMembers(message) && message.value === 0 && watch.next === 1) return;
    const isRight = isMembers(message) && message.thingID === id && message.value === watch.next;
    if (!isRight || message.conflated !== undefined) verdict.fail(`${name} is at ${watch.next} %: ${text}`);
    latencies.add(microseconds() - watch.sentAt);
    watch.next++;
    arrived++;
  };
}

async function connect(figures: Figures): Promise<void> {
  const port = figure(figures, 'port');
  gateway = gatewayAPI(port);
  const numbers = Array.from({ length: figure(figures, 'scanners') }, (_, n) => n);
  const active = figure(figures, 'active');
  fleet.push(...(await inGroups(numbers, (n) => openScanner(port, n, active))));
  for (const [n, { name }] of fleet.slice(0, active).entries()) {
    const own = Array.from({ length: FILES }, (_, i) => bigFile(n * FILES + i, figure(figures, 'chunks')));
    files.set(name, own);
  }
  await inGroups(fleet.slice(active, 2 * active), (scanner) => openReader(port, scanner));
}

async function startScan(of: FleetScanner, expectResult: boolean): Promise<Scan> {
  const watch = watched.get(of.id);
  if (watch) watch.next = 1;
  const started = of.scanner.started();
  const run = await theGateway().begin(of.name, 'startScan', { ...REQUEST, expectResult });
  const task = await started;
  of.scanner.progress(task, 0);
  return { ...of, task, run };
}

/** Delivers files until the others have scanned. */
async function deliver({ name, scanner, task }: Scan, isOver: () => boolean): Promise<number> {
  const own = files.get(name) ?? [];
  for (let count = 0; ; count++) {
    const file = own[count % own.length];
    if (!file || isOver()) return count;
    await scanner.upload(task, file, () => stored++);
  }
}

/** Says how far it is, when the one who watches it knows the percentage before, and no sooner than by the clock. */
async function scan({ id, scanner, task }: Scan, period: number): Promise<void> {
  const watch = watched.get(id);
  if (!watch) return;
  for (let percent = 1; percent <= 100; percent++) {
    await new Promise((resolve) => setTimeout(resolve, period));
    while (watch.next < percent) await new Promise((resolve) => setTimeout(resolve, 1));
    watch.sentAt = microseconds();
    scanner.progress(task, percent);
  }
  while (watch.next <= 100) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Sees that all files of a scan are there, as they were sent, and removes them. */
async function check({ name, run }: Scan, count: number): Promise<void> {
  const { resultIds } = await theGateway().ended(run);
  const results = await theGateway().invoke(name, 'listResults', { limit: 200 });
  const kept = Array.isArray(results) ? results : [];
  const right = files.get(name)?.map(({ sha256 }) => sha256) ?? [];
  const isRight = kept.every((result, i) => result.files[0].sha256 === right[(count - 1 - i) % right.length]);
  if (kept.length !== count || !isRight || String(resultIds).split(',').length !== count) {
    throw new Error(`${name} delivered ${count} files, and has ${JSON.stringify(kept)}`);
  }
  for (const { resultId } of kept) await theGateway().invoke(name, 'deleteResult', { resultId });
}

async function round(figures: Figures): Promise<void> {
  const active = figure(figures, 'active');
  const period = figure(figures, 'period');
  const uploading = await inGroups(fleet.slice(0, active), (of) => startScan(of, true));
  const scanning = await inGroups(fleet.slice(active, 2 * active), (of) => startScan(of, false));
  latencies.clear();
  let isOver = false;
  const delivered = uploading.map((each) => deliver(each, () => isOver));
  await Promise.all(scanning.map((each) => scan(each, period)));
  isOver = true;
  const counts = await Promise.all(delivered);
  for (const { scanner } of [...uploading, ...scanning]) scanner.idle();
  for (const { run } of scanning) await theGateway().ended(run);
  for (const [n, each] of uploading.entries()) await check(each, counts[n] ?? 0);
}

obey({
  connect: (figures) => verdict.prepare(connect(figures)),
  async run(figures) {
    const before = stored;
    const start = (): void => void round(figures).then(verdict.finish, (error: unknown) => verdict.fail(String(error)));
    const seconds = await verdict.run(start, () => arrived + stored);
    const [p50, p99] = [latencies.quantile(0.5) / 1000, latencies.quantile(0.99) / 1000];
    return { p50, p99, megabytes: ((stored - before) * CHUNK) / 1e6, seconds };
  },
});
