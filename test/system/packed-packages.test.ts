import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = new URL('../../', import.meta.url).pathname;
const PROGRAM = new URL('fixture/packed-program.ts', import.meta.url).pathname;

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

interface Ran {
  readonly code: number | string;
  readonly output: string;
  readonly errors: string;
}

/** What npm and mocha tell their children about our own workspace, which would be wrong in another folder. */
const OURS_ALONE = /^(NODE_OPTIONS|npm_config_local_prefix|npm_config_workspaces?)$/;

/** Runs a program in a folder to its end, four minutes at most. */
function run(folder: string, program: string, args: readonly string[]): Promise<Ran> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS_ALONE.test(name)));
  const options = { cwd: folder, env, maxBuffer: 64 * 1024 * 1024, timeout: 240_000 };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, output, errors) => {
      resolve({ code: error ? (error.code ?? error.signal ?? 'failed') : 0, output, errors });
    });
  });
}

async function readManifest(folder: string): Promise<Manifest> {
  const manifest: Manifest = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8'));
  return manifest;
}

async function readPublicManifests(): Promise<readonly Manifest[]> {
  const { workspaces }: { workspaces: readonly string[] } = JSON.parse(
    await readFile(join(ROOT, 'package.json'), 'utf8'),
  );
  const manifests = await Promise.all(workspaces.map(readManifest));
  return manifests.filter((manifest) => manifest.private !== true);
}

const doorsOf = ({ name, exports }: Manifest): readonly string[] =>
  Object.keys(exports)
    .filter((path) => path !== './package.json')
    .map((path) => name + path.slice(1));

async function pack(manifests: readonly Manifest[], folder: string): Promise<readonly Packed[]> {
  const chosen = manifests.flatMap(({ name }) => ['--workspace', name]);
  const args = ['pack', ...chosen, '--json', '--ignore-scripts', '--pack-destination', folder];
  const { code, output, errors } = await run(ROOT, 'npm', args);
  expect(code, errors).to.equal(0);
  const packed: readonly Packed[] = JSON.parse(output);
  return packed;
}

const NO_NETWORK = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ENOTCACHED)\b/;

/**
 * The error by which no registry is there to fetch from, if so. Asked first, since an install tries again for minutes; a
 * registry that is there and refuses is no excuse.
 */
async function findOffline(): Promise<string | undefined> {
  const { errors } = await run(tmpdir(), 'npm', ['view', 'typebox', 'version', '--fetch-retries', '0']);
  return NO_NETWORK.exec(errors)?.[0];
}

/** Makes a project with all packages from their tarballs. */
async function install(project: string, packed: readonly Packed[]): Promise<void> {
  const { devDependencies: versions } = await readManifest('.');
  const tools = ['typescript', '@types/node', 'typebox'].map((name) => [name, versions[name]]);
  const ours = packed.map(({ name, filename }) => [name, `file:../${filename}`]);
  const manifest = { private: true, type: 'module', dependencies: Object.fromEntries([...ours, ...tools]) };
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest));
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const { code, errors } = await run(project, 'npm', args);
  expect(code, errors).to.equal(0);
}

/** What every tarball has. */
const WANTED = ['README.md', 'LICENSE', 'package.json', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts'];

describe('the packages as npm packs them', () => {
  let folder: string;
  let project: string;
  let manifests: readonly Manifest[];
  let packed: readonly Packed[];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thingwright-packed-'));
    project = join(folder, 'project');
    manifests = await readPublicManifests();
    packed = await pack(manifests, folder);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('have what a reader and a licence ask for, and nothing that only we need', () => {
    for (const { name, files } of packed) {
      const paths = files.map(({ path }) => path);
      const missing = WANTED.filter((path) => !paths.includes(path));
      expect(missing, name).to.deep.equal([]);
      const ours = paths.filter((path) => /(^|\/)test\/|\.test\.|\.suite\.|tsbuildinfo|tsconfig/.test(path));
      expect(ours, name).to.deep.equal([]);
    }
  });

  describe('installed together in an empty project', () => {
    before(async function () {
      this.timeout(300_000);
      const reason = await findOffline();
      if (reason === undefined) return install(project, packed);
      console.log(`Skipped: npm's registry, from which their dependencies come, cannot be reached (${reason}).`);
      return this.skip();
    });

    it('open every door to an ESM program', async () => {
      const doors = manifests.flatMap(doorsOf);
      expect(doors).to.include.members(['@thingwright/core', '@thingwright/core/checks', 'thingwright']);
      const program = `
      const doors = ${JSON.stringify(doors)};
      const names = await Promise.all(doors.map(async (door) => [door, Object.keys(await import(door)).length]));
      console.log(JSON.stringify(Object.fromEntries(names)));
    `;
      await writeFile(join(project, 'doors.js'), program);
      const { code, output, errors } = await run(project, process.execPath, ['doors.js']);
      expect(code, errors).to.equal(0);
      const exported: Record<string, number> = JSON.parse(output);
      expect(Object.keys(exported)).to.deep.equal(doors);
      expect(Object.values(exported)).not.to.include(0);
    }).timeout(60_000);

    it('have types at every door, by which a program that is right compiles, and a wrong property is an error', async () => {
      const doors = manifests.flatMap(doorsOf);
      const uses = doors.map(
        (door, i) => `import type * as door${i} from '${door}';\nexport type Door${i} = typeof door${i};`,
      );
      await writeFile(join(project, 'doors.ts'), uses.join('\n'));
      await copyFile(PROGRAM, join(project, 'program.ts'));
      const right = await readFile(PROGRAM, 'utf8');
      await writeFile(join(project, 'wrong.ts'), right.replace('remote.properties.level.', 'remote.properties.levle.'));
      const options = [
        '--strict',
        '--target',
        'es2022',
        '--module',
        'nodenext',
        '--types',
        'node',
        '--noEmitOnError',
        'false',
      ];
      const files = ['doors.ts', 'program.ts', 'wrong.ts'];
      const { output } = await run(project, join(project, 'node_modules/.bin/tsc'), [...options, ...files]);
      // Whether the declarations of packages that are not ours are right is not ours to say.
      const isForeign = (line: string): boolean => /^node_modules\/(?!@thingwright\/|thingwright\/)/.test(line);
      const faults = output.split('\n').filter((line) => /error TS\d/.test(line) && !isForeign(line));
      const [fault, ...others] = faults;
      expect(others).to.deep.equal([]);
      expect(fault).to.match(/^wrong\.ts\(\d+,\d+\): error TS2551: Property 'levle' does not exist/);
    }).timeout(120_000);

    it('serve a Thing and consume it', async () => {
      const { code, output, errors } = await run(project, process.execPath, ['program.js']);
      expect(code, errors).to.equal(0);
      expect(JSON.parse(output)).to.deep.equal({ before: 5, after: 40 });
    }).timeout(30_000);

    it('bring the command', async () => {
      const { code, output, errors } = await run(project, join(project, 'node_modules/.bin/thingwright'), ['--help']);
      expect(code, errors).to.equal(0);
      expect(output).to.contain('serve');
    }).timeout(30_000);
  });
});
