import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { Report } from './fixture/run-programs.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Where programs are written: inside the repository, so that they find its packages, and ignored by git. */
const SCRATCH = join(ROOT, 'tmp/readme');
const RUNNER = join(ROOT, 'test/system/fixture/run-programs.ts');
/** Longer than any program may take on a busy machine. */
const PATIENCE = 60_000;

/** A fenced block of TypeScript in a README. */
interface Block {
  readonly readme: string;
  /** The file that its first line names (`// lamp.ts`), else a number. */
  readonly file: string;
  readonly text: string;
}

async function blocksOf(readme: string): Promise<readonly Block[]> {
  const text = await readFile(join(ROOT, readme), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, block = ''], index) => ({
    readme,
    file: /^\/\/ (\S+\.ts)\n/.exec(block)?.[1] ?? `program-${index + 1}.ts`,
    text: block,
  }));
}

/** A block that imports something is a program, unless it is a Model; others are fragments. */
const isProgram = ({ file, text }: Block): boolean => /^import /m.test(text) && !file.endsWith('.model.ts');

const folderOf = ({ readme }: Block): string =>
  join(SCRATCH, readme.replace(/\/?README\.md$/, '').replaceAll('/', '-'));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('A TCP server has an address');
  return address.port;
}

/** Writes a block with another port in place of 8080; gives its path. */
async function write(block: Block, port: number): Promise<string> {
  const folder = folderOf(block);
  await mkdir(folder, { recursive: true });
  const path = join(folder, block.file);
  await writeFile(path, block.text.replace(/\b8080\b/g, String(port)));
  return path;
}

/** A program of its own process; disposing it kills it, if it still runs. */
interface Running extends Disposable {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

function start(program: string, ...paths: readonly string[]): Running {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', program, ...paths], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code, output }));
  return { child, ended, [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

const workspaces: readonly string[] = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).workspaces;
/** What is published; tools of the tests have no README program. */
const published = workspaces.filter((folder) => !folder.startsWith('test/'));
const packages = await Promise.all(
  published.map(async (folder) => ({ folder, blocks: await blocksOf(`${folder}/README.md`).catch(() => []) })),
);
const root = await blocksOf('README.md');

describe('the programs of the READMEs', () => {
  /** The Thing of the root README, for all clients. */
  let lamp: Running | undefined;
  /** All other programs. */
  let others: Running | undefined;
  let port: number;
  const reports = new Map<string, Report>();

  before(async function () {
    this.timeout(2 * PATIENCE);
    await rm(SCRATCH, { recursive: true, force: true });
    port = await freePort();
    await Promise.all(root.map((block) => write(block, port)));
    lamp = start(join(SCRATCH, 'lamp.ts'));
    if (lamp.child.stdout) await Promise.race([once(lamp.child.stdout, 'data'), lamp.ended]);
    const paths: string[] = [join(SCRATCH, 'client.ts')];
    for (const block of packages.flatMap(({ blocks }) => blocks)) {
      const path = await write(block, block.text.includes('port: 8080') ? await freePort() : port);
      if (isProgram(block)) paths.push(path);
    }
    others = start(RUNNER, ...paths);
    others.child.on('message', (report: Report) => reports.set(report.path, report));
    await others.ended;
  });

  after(() => {
    lamp?.[Symbol.dispose]();
    others?.[Symbol.dispose]();
  });

  const outputOf = async (path: string): Promise<string> => {
    const report = reports.get(path);
    const { code, output } = (await others?.ended) ?? { code: null, output: 'never started' };
    expect(report, `it does not end, or one before it does not (exit code ${code})\n${output}`).not.to.equal(undefined);
    expect(report?.error, report?.error).to.equal(undefined);
    return report?.output ?? '';
  };

  it("the client of README.md sees the lamp's level change, and its action end", async () => {
    const output = await outputOf(join(SCRATCH, 'client.ts'));
    expect(output).to.include('level: 5 %').and.to.include('0 to go').and.to.include('done at 5 %');
  });

  for (const { folder, blocks } of packages) {
    it(`${folder}/README.md has programs of at most 20 lines, and they run`, async () => {
      const programs = blocks.filter(isProgram);
      if (folder !== 'packages/cli') expect(programs, 'a program').not.to.be.empty;
      for (const program of programs) {
        expect(program.text.trim().split('\n').length, program.file).to.be.at.most(20);
        await outputOf(join(folderOf(program), program.file));
      }
    });
  }

  it('they leave nothing open that keeps their process from ending', async () => {
    const ending = await others?.ended;
    expect(ending?.code, ending?.output).to.equal(0);
  });

  it('the Thing of README.md ends well at SIGINT', async () => {
    lamp?.child.kill('SIGINT');
    const ending = await lamp?.ended;
    expect(ending?.code, ending?.output).to.equal(0);
    expect(ending?.output).to.equal(`http://127.0.0.1:${port}/things/lamp\n`);
  });
});
