import { once } from 'node:events';
import { createServer } from 'node:net';
import { consume } from '@thingwright/client';
import { expect } from 'chai';
import { ServerTCP } from 'modbus-serial';
import { firstValueFrom, take, toArray } from 'rxjs';
import { startProgram } from './fixture/program.js';

/** A port of this machine that nobody has; Modbus servers of the library take none for the standard one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A Modbus server with one input register, one holding register and one coil. */
async function startDevice() {
  const port = await freePort();
  const state = { temperature: 215, target: 180, heating: false };
  const vector = {
    getInputRegister: () => state.temperature,
    getHoldingRegister: () => state.target,
    getCoil: () => state.heating,
    setRegister: (_address: number, value: number) => {
      state.target = value;
    },
    setCoil: (_address: number, value: boolean) => {
      state.heating = value;
    },
  };
  const server = new ServerTCP(vector, { host: '127.0.0.1', port, unitID: 1 });
  await once(server, 'initialized');
  const dispose = async (): Promise<void> => {
    for (const socket of server.socks.keys()) socket.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { port, state, [Symbol.asyncDispose]: dispose };
}

const REGISTER = 'application/octet-stream;length=2;signed=false;byteSeq=BIG_ENDIAN';

const descriptionOf = (port: number) => ({
  '@context': 'https://www.w3.org/2022/wot/td/v1.1',
  id: 'urn:dev:modbus:1',
  title: 'Oven',
  base: `modbus+tcp://127.0.0.1:${port}/`,
  securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
  security: 'nosec_sc',
  properties: {
    temperature: {
      type: 'integer',
      readOnly: true,
      forms: [{ href: '1/1?quantity=1', op: 'readproperty', 'modv:entity': 'InputRegister', contentType: REGISTER }],
    },
    target: {
      type: 'integer',
      minimum: 0,
      maximum: 250,
      forms: [
        {
          href: '1/2?quantity=1',
          op: ['readproperty', 'writeproperty'],
          'modv:entity': 'HoldingRegister',
          contentType: REGISTER,
        },
      ],
    },
    heating: {
      type: 'boolean',
      readOnly: true,
      forms: [
        {
          href: '1/3?quantity=1',
          op: 'readproperty',
          'modv:entity': 'Coil',
          contentType: 'application/octet-stream;length=1',
        },
      ],
    },
  },
});

describe('node-wot and Modbus', () => {
  it('a device is reached through our bindings: read, written, polled', async () => {
    await using device = await startDevice();
    await using site = await startProgram('adopting-site.ts', JSON.stringify(descriptionOf(device.port)));
    await using oven = await consume(site.line);
    expect(await oven.readAll()).to.deep.equal({ temperature: 215, target: 180, heating: false });
    const { target, temperature } = oven.properties;
    if (!target || !temperature) throw new Error('the oven lacks something');
    await target.write(200);
    expect(device.state.target).to.equal(200);
    expect(await target.read()).to.equal(200);
    expect(await target.write(999).catch(() => 'refused')).to.equal('refused');
    expect(device.state.target).to.equal(200);

    const seen = firstValueFrom(temperature.pipe(take(3), toArray()));
    const rising = temperature.subscribe((value) => {
      device.state.temperature = Number(value) + 1;
    });
    expect(await seen).to.deep.equal([215, 216, 217]);
    rising.unsubscribe();
  });
});
