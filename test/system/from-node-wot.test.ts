import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';

const ROOT = new URL('../../', import.meta.url).pathname;

/** Runs a CommonJS program where node-wot's packages and ours are found. */
async function run(program: string, env: NodeJS.ProcessEnv = {}) {
  const args = ['--conditions=source', '--import', 'tsx', '--input-type=commonjs', '-'];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  child.stdin.end(program);
  await once(child, 'close');
  return { output, errors, code: child.exitCode };
}

/** The code blocks of the page, by language. */
async function blocksOf(language: string): Promise<readonly string[]> {
  const page = await readFile(`${ROOT}docs/from-node-wot.md`, 'utf8');
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, code]) => code ?? '');
}

describe('docs/from-node-wot.md', () => {
  it("shows a program that fails with node-wot's WebSocket binding, and works with one line changed", async () => {
    const [program = '', line = ''] = await blocksOf('js');
    const [said] = await blocksOf('text');
    const changed = program.replace(/^.*'@node-wot\/binding-websockets'.*\n/m, line);
    expect(changed).not.to.equal(program);
    const before = await run(program);
    expect(before).to.include({ code: 1, output: '' });
    expect(before.errors).to.include('no answer');
    expect(await run(changed)).to.deep.equal({ code: 0, output: said, errors: '' });
  });

  it('works over TLS as well, with the classes for wss', async () => {
    const [program = '', line = ''] = await blocksOf('js');
    const [said] = await blocksOf('text');
    const serverCert = `${ROOT}packages/listener/test/localhost.cert.pem`;
    const files = JSON.stringify({ serverCert, serverKey: serverCert.replace('.cert.', '.key.') }).slice(1, -1);
    const secure = program
      .replace(/^.*'@node-wot\/binding-websockets'.*\n/m, line)
      .replaceAll('WebSocketClientFactory', 'WebSocketSecureClientFactory')
      .replace("address: '127.0.0.1'", `address: '127.0.0.1', ${files}`);
    const { code, output, errors } = await run(secure, { NODE_EXTRA_CA_CERTS: serverCert });
    expect({ code, output, errors }).to.deep.equal({ code: 0, output: said, errors: '' });
  });
});
