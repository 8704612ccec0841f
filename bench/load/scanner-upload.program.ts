/** A scanner that delivers large files. What a gateway stored is downloaded and compared. */
import { isMembers } from '@thingwright/core';
import { obey } from '../harness/commands.js';
import { type Figures, figure } from '../harness/figures.js';
import { type BigFile, bigFile } from './big-file.js';
import { type GatewayAPI, gatewayAPI } from './gateway-api.js';
import { dialScanner, type RawScanner, type StartedTask } from './raw-scanner.js';
import { createVerdict } from './verdict.js';

const NAME = 'mri_001';
const verdict = createVerdict();
let gateway: GatewayAPI | undefined;
let scanner: RawScanner | undefined;
let next: { readonly task: StartedTask; readonly file: BigFile; readonly run?: string } | undefined;
let files = 0;
let sent = 0;

async function connect(figures: Figures): Promise<void> {
  const port = figure(figures, 'port');
  const generation = figure(figures, 'generation') === 1 ? 1 : 2;
  const nobody = { id: '00000000-0000-4000-8000-000000000001', token: 'bench' };
  if (figure(figures, 'isGateway') === 0) {
    scanner = await dialScanner({ port, generation, ...nobody }, verdict);
    return;
  }
  gateway = gatewayAPI(port);
  const made = await gateway.invoke('gateway', 'provisionDevice', { kind: 'scanner', name: NAME });
  if (!isMembers(made)) throw new Error('No scanner was provisioned');
  const id = String(made.id).replace('urn:uuid:', '');
  scanner = await dialScanner({ port, generation, id, token: String(made.token) }, verdict);
}

const theScanner = (): RawScanner => {
  if (!scanner) throw new Error('There is no scanner');
  return scanner;
};

/** Starts the scan that the next file belongs to. */
async function begin(chunks: number): Promise<void> {
  const file = bigFile(++files, chunks);
  if (!gateway) {
    next = { task: { taskID: 'task', capability: 'capability' }, file };
    return;
  }
  const started = theScanner().started();
  const run = await gateway.begin(NAME, 'startScan', { sequence: { name: 'bench', seqFile: '' } });
  const task = await started;
  theScanner().progress(task, 0);
  next = { task, file, run };
}

async function upload(): Promise<Figures> {
  if (!next) throw new Error('No scan has begun');
  const { task, file } = next;
  sent = 0;
  const start = (): void => {
    const stored = theScanner().upload(task, file, () => sent++);
    stored.then(verdict.finish, (error: unknown) => verdict.fail(String(error)));
  };
  const seconds = await verdict.run(start, () => sent);
  return { messages: file.chunks, seconds };
}

/** Ends the scan; sees that what is stored is what was sent, and removes it. */
async function check(): Promise<void> {
  if (!gateway || next?.run === undefined) return;
  const { file, run } = next;
  theScanner().idle();
  const { resultIds } = await gateway.ended(run);
  const results = await gateway.invoke(NAME, 'listResults', {});
  const result: unknown = Array.isArray(results) ? results[0] : undefined;
  if (!isMembers(result) || !Array.isArray(result.files) || String(resultIds) !== result.resultId) {
    throw new Error(`The scan ended with ${String(resultIds)}, and there is ${JSON.stringify(results)}`);
  }
  const { href } = result.files[0];
  const { size, sha256 } = await gateway.digest(String(href));
  if (size !== file.size || sha256 !== file.sha256) throw new Error(`${href} is not what was sent: ${size} bytes`);
  await gateway.invoke(NAME, 'deleteResult', { resultId: result.resultId });
}

obey({
  connect: (figures) => verdict.prepare(connect(figures)),
  begin: (figures) => verdict.prepare(begin(figure(figures, 'chunks'))),
  upload,
  async check() {
    await check();
    return {};
  },
});
