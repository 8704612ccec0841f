import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { startGateway } from './fixture/gateway-process.js';

const PYTHON = '/usr/bin/python3';
const SCRIPT = new URL('fixture/publisher.py', import.meta.url).pathname;

/** The publisher as a process; `line` gives the next line of its output that begins with a word. */
function startPublisher(env: Record<string, string>) {
  const child = spawn(PYTHON, [SCRIPT], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async line(word: string): Promise<string> {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`the publisher ended before it said '${word}'`);
        if (value.startsWith(word)) return value;
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

describe("the guide's publisher script", () => {
  it('dials in, is read as a Thing, and gets the command that an action sends', async () => {
    await using gateway = await startGateway();
    const device = JSON.parse(await gateway.run('provision', 'telemetry', 'ems_001', '--json'));
    const WS_BASE = gateway.url.replace('http', 'ws');
    await using publisher = startPublisher({ WS_BASE, DEVICE_ID: 'ems_001', API_TOKEN: device.token });
    await publisher.line('connected');
    const first = JSON.parse((await gateway.run('observe', 'ems_001', 'batterySoc', '--json', '--count', '1')).trim());
    expect(first).to.include({ thing: device.id, name: 'batterySoc', value: 85 });

    const outcome = gateway.run(
      'invoke',
      'ems_001',
      'setMode',
      '{"targetMode":"MANUAL_DISCHARGE","targetPower":500}',
      '--json',
    );
    const command = JSON.parse((await publisher.line('received')).slice('received '.length));
    expect(command).to.deep.include({
      action: 'SET_MODE',
      payload: { target_mode: 'MANUAL_DISCHARGE', target_power: 500 },
    });
    expect(command.command_id).to.be.a('string');
    expect(await outcome)
      .to.contain('"delivered":true')
      .and.to.contain('"confirmed":false');
  });

  it('is refused with 403 at the handshake when its token is wrong', async () => {
    await using gateway = await startGateway();
    await gateway.run('provision', 'telemetry', 'ems_001');
    const WS_BASE = gateway.url.replace('http', 'ws');
    await using wrong = startPublisher({ WS_BASE, DEVICE_ID: 'ems_001', API_TOKEN: 'wr@ng*tok]en' });
    expect(await wrong.line('refused')).to.equal('refused 403');
    await using unknown = startPublisher({ WS_BASE, DEVICE_ID: 'nobody', API_TOKEN: 'x' });
    expect(await unknown.line('refused')).to.equal('refused 403');
  });
});
