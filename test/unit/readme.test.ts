import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Where programs are written: inside the repository, so that they find its packages, and ignored by git. */
const SCRATCH = join(ROOT, 'tmp/readme');
/** Longer than any program may take on a busy machine. */
const PATIENCE = 20_000;

/** A fenced block of TypeScript in a README. */
interface Block {
  readonly readme: string;
  /** The file that its first line names (`// lamp.ts`), else a number. */
  readonly file: string;
  readonly text: string;
}

/** How a program ended. */
interface Ending {
  readonly code: number | null;
  readonly output: string;
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

/** A program that serves until it is told to stop. */
const isServer = ({ text }: Block): boolean => text.includes("'SIGINT'");

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

/** A program that runs; disposing it kills it, if it still does. */
function start(path: string): { readonly child: ChildProcess; readonly ended: Promise<Ending> } & Disposable {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', path], {
    cwd: join(path, '..'),
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => ({ code, output }));
  return { child, ended, [Symbol.dispose]: () => void child.kill('SIGKILL') };
}

/** Runs a program to its end; a server until it has printed its first line. */
async function run(block: Block, port: number): Promise<Ending> {
  using program = start(await write(block, port));
  if (isServer(block) && program.child.stdout) {
    await Promise.race([once(program.child.stdout, 'data'), program.ended]);
    program.child.kill('SIGINT');
  }
  return await program.ended;
}

const workspaces: readonly string[] = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')).workspaces;
const packages = await Promise.all(
  workspaces.map(async (folder) => ({ folder, blocks: await blocksOf(`${folder}/README.md`).catch(() => []) })),
);
const root = await blocksOf('README.md');

describe('the programs of the READMEs', () => {
  /** One server for all clients: the Thing of the root README. */
  let server: ReturnType<typeof start> | undefined;
  let port: number;
  const endings = new Map<Block, Promise<Ending>>();

  before(async function () {
    this.timeout(2 * PATIENCE);
    await rm(SCRATCH, { recursive: true, force: true });
    port = await freePort();
    const paths = await Promise.all(root.map((block) => write(block, port)));
    const lamp = paths.find((path) => path.endsWith('/lamp.ts'));
    if (!lamp) throw new TypeError('README.md has no block that begins with // lamp.ts');
    server = start(lamp);
    if (server.child.stdout) await Promise.race([once(server.child.stdout, 'data'), server.ended]);
    // Two at a time: each is a process that compiles what it imports.
    const programs = [...root, ...packages.flatMap(({ blocks }) => blocks)].filter(isProgram);
    const queue = programs.filter((block) => !(block.readme === 'README.md' && isServer(block)));
    let previous: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
    for (const block of queue) {
      const [first = Promise.resolve(), ...others] = previous;
      const own = block.text.includes('port: 8080') ? await freePort() : port;
      const ending = first.then(() => run(block, own));
      endings.set(block, ending);
      previous = [...others, ending.catch(() => undefined)];
    }
  });

  after(() => server?.[Symbol.dispose]());

  const expectSuccess = async (block: Block): Promise<string> => {
    const ending = await endings.get(block);
    expect(ending?.code, ending?.output).to.equal(0);
    return ending?.output ?? '';
  };

  it("the client of README.md sees the lamp's level change, and its action end", async function () {
    this.timeout(PATIENCE);
    const client = root.find(({ file }) => file === 'client.ts');
    const output = client ? await expectSuccess(client) : '';
    expect(output).to.include('level: 5 %').and.to.include('0 to go').and.to.include('done at 5 %');
  });

  for (const { folder, blocks } of packages) {
    it(`${folder}/README.md has programs of at most 20 lines, and they run`, async function () {
      this.timeout(PATIENCE);
      const programs = blocks.filter(isProgram);
      if (folder !== 'packages/cli') expect(programs, 'a program').not.to.be.empty;
      for (const program of programs) {
        expect(program.text.trim().split('\n').length, program.file).to.be.at.most(20);
        await expectSuccess(program);
      }
    });
  }

  it('the Thing of README.md ends well at SIGINT', async () => {
    server?.child.kill('SIGINT');
    const ending = await server?.ended;
    expect(ending?.code, ending?.output).to.equal(0);
    expect(ending?.output).to.equal(`http://127.0.0.1:${port}/things/lamp\n`);
  });
});
