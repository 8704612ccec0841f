import { expect } from 'chai';
import WebSocket from 'ws';
import { type Ending, startGateway, temporaryFolder } from './command.js';

describe('thingwright provision, rotate and remove', function () {
  this.timeout(60_000);

  it('make a device known over a restart, give it a new token, and end it', async () => {
    await using folder = await temporaryFolder();
    const first = await startGateway(folder.path);
    const device = jsonOf(await first.run('provision', 'telemetry', 'ems_007', '--title', 'Barn', '--json'));
    expect(device).to.include({ name: 'ems_007', td: `${first.url}/things/ems_007` });
    expect(await dial(first.url, device.token)).to.equal(101);
    first.process.child.kill('SIGTERM');
    expect((await first.process.ended).status).to.equal(0);

    await using gateway = await startGateway(folder.path);
    expect(await dial(gateway.url, device.token), 'after a restart').to.equal(101);
    expect(jsonOf(await gateway.run('td', 'ems_007', '--json'))).to.include({ id: device.id, title: 'Barn' });
    const { token } = jsonOf(await gateway.run('rotate', 'ems_007', '--json'));
    expect(await dial(gateway.url, device.token), 'the old token').to.equal(403);
    expect(await dial(gateway.url, token), 'the new token').to.equal(101);

    expect((await gateway.run('remove', 'ems_007')).status).to.equal(0);
    expect(await dial(gateway.url, token), 'after removal').to.equal(403);
    const gone = await gateway.run('td', 'ems_007');
    expect([gone.status, gone.output]).to.deep.equal([1, '']);
    const log = (await stop(gateway)).errors;
    for (const secret of [device.token, token]) expect(log).not.to.include(secret);
  });

  it('close the live link of a device whose token ends, with 1008', async () => {
    await using folder = await temporaryFolder();
    await using gateway = await startGateway(folder.path);
    const { token } = jsonOf(await gateway.run('provision', 'telemetry', 'ems_007', '--json'));
    const closed = new Promise<number>((resolve, reject) => {
      const socket = openSocket(gateway.url, token);
      socket.once('open', () => void gateway.run('rotate', 'ems_007').catch(reject));
      socket.once('close', resolve).once('error', reject);
    });
    expect(await closed).to.equal(1008);
  });
});

const jsonOf = ({ status, output, errors }: Ending): Readonly<Record<string, string>> => {
  expect(status, errors).to.equal(0);
  return JSON.parse(output);
};

async function stop(gateway: Awaited<ReturnType<typeof startGateway>>): Promise<Ending> {
  gateway.process.child.kill('SIGTERM');
  return gateway.process.ended;
}

const openSocket = (url: string, token: string | undefined): WebSocket =>
  new WebSocket(`${url.replace('http', 'ws')}/ws/device/ems_007`, { headers: { authorization: `Bearer ${token}` } });

/** The status that the device's door answers with. */
function dial(url: string, token: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = openSocket(url, token);
    socket.once('open', () => {
      socket.close();
      resolve(101);
    });
    socket.once('unexpected-response', (_request, response) => {
      response.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.once('error', reject);
  });
}
