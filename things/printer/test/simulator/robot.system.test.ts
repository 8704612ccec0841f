import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import type { SimulatedPrinter } from '../../src/simulator/index.js';
import { encodePoke, encodeTouch } from '../../src/wire/client-packet.js';
import { decodeDeviceAnswer } from '../../src/wire/device-answer.js';
import { readDeviceInfo } from '../../src/wire/device-info.js';
import { readEntries } from '../../src/wire/file-list.js';
import { readReport } from '../../src/wire/robot-report.js';
import { isRsaSigned, readRsaKey } from '../../src/wire/rsa.js';
import { encodeClientText } from '../../src/wire/text-frame.js';
import { openListener } from './listener.js';
import { dial, operating, type RawClient, rawClient, readHello, trust } from './raw-client.js';
import { simulated } from './simulated.js';

const comesTo = (printer: SimulatedPrinter, id: number) =>
  firstValueFrom(printer.statuses.pipe(filter((status) => status.id === id)));

async function uploaded(client: RawClient, content: Buffer, place = '#'): Promise<string | undefined> {
  const ready = await client.ask(`file upload application/fcode ${content.length} ${place}`);
  if (ready !== 'continue') return ready;
  for (let at = 0; at < content.length; at += 4096) client.send(content.subarray(at, at + 4096));
  return client.text();
}

/** The bytes that a device has announced. */
async function binary(client: RawClient, first: string | undefined): Promise<Buffer | undefined> {
  const answer = decodeDeviceAnswer(first ?? '');
  return answer.kind === 'binary' ? client.exactly(answer.size) : undefined;
}

async function listed(client: RawClient, folder: string) {
  const first = await client.ask(`file ls ${folder}`);
  if (first !== 'continue') return first;
  const entries = readEntries((await client.text()) ?? '');
  expect(await client.text()).to.equal('ok');
  return entries;
}

for (const generation of ['FLUX0002', 'FLUX0003'] as const) {
  describe(`The robot of a simulated printer, ${generation}`, () => {
    it('5.1: lets trusted keys in, and nobody else', async () => {
      await using printer = await simulated({ generation });
      const stranger = await operating(printer, generation);
      expect(stranger.verdict).to.equal('AUTH_ERROR');
      expect(await stranger.client.exactly(1)).to.equal(undefined);
      await trust(printer);
      const { client, verdict } = await operating(printer, generation);
      await using _ = client;
      expect(verdict).to.equal('OK');
      expect(readReport((await client.ask('player report')) ?? '')).to.include({
        id: 0,
        label: 'ST_IDLE',
        progress: 0,
      });
    });

    it('5.3, 3.2: prints what was uploaded, and stays where it ended until it is told to quit', async () => {
      await using printer = await simulated({ generation });
      await trust(printer);
      const { client } = await operating(printer, generation);
      await using _ = client;
      for (const verb of ['pause', 'resume', 'abort', 'quit', 'info', 'start']) {
        expect(await client.ask(`player ${verb}`)).to.equal('error NO_TASK');
      }
      expect(await uploaded(client, Buffer.alloc(10_000, 7))).to.equal('ok');
      const completed = comesTo(printer, 64);
      expect(await client.ask('player start')).to.equal('ok');
      expect(await completed).to.include({ progress: 1, headModule: 'EXTRUDER' });
      expect(readReport((await client.ask('player report')) ?? '')).to.include({
        id: 64,
        label: 'ST_COMPLETED',
        progress: 1,
      });
      for (const verb of ['start', 'pause', 'resume', 'abort']) {
        expect(await client.ask(`player ${verb}`)).to.equal('error RESOURCE_BUSY');
      }
      expect(await client.ask('player quit')).to.equal('ok');
      expect(await comesTo(printer, 0)).to.include({ headModule: 'N/A' });
      expect(await client.ask('player restart')).to.equal('error UNKNOWN_COMMAND');
    });

    it('3.2: pauses, resumes and aborts', async () => {
      await using printer = await simulated({ generation, printTime: 3_600_000 });
      await trust(printer);
      const { client } = await operating(printer, generation);
      await using _ = client;
      await uploaded(client, Buffer.from('G28'));
      await client.ask('player start');
      await comesTo(printer, 16);
      const seen: number[] = [];
      const watching = printer.statuses.subscribe(({ id }) => seen.push(id));
      expect(await client.ask('player pause')).to.equal('ok');
      await comesTo(printer, 48);
      expect(await client.ask('player resume')).to.equal('ok');
      await comesTo(printer, 16);
      expect(await client.ask('player abort')).to.equal('ok');
      await comesTo(printer, 128);
      watching.unsubscribe();
      expect(seen).to.deep.equal([16, 50, 48, 18, 16, 128]);
      expect(await client.ask('player quit')).to.equal('ok');
    });

    it('5.5: chooses a file for each connection by itself', async () => {
      await using printer = await simulated({ generation, printTime: 3_600_000 });
      await trust(printer);
      const one = await operating(printer, generation);
      await using _one = one.client;
      const other = await operating(printer, generation);
      await using _other = other.client;
      expect(await one.client.ask('player select SD nothing.fc')).to.equal('error NOT_EXIST NOT_FILE');
      expect(await one.client.ask('player select SD sample.fc')).to.equal('ok');
      expect(await other.client.ask('player start')).to.equal('error NO_TASK');
      expect(await one.client.ask('player start')).to.equal('ok');
      expect(await uploaded(other.client, Buffer.from('x'))).to.equal('ok');
      expect(await other.client.ask('player start')).to.equal('error RESOURCE_BUSY');
    });

    it('5.3: tells of its task with numbers and a picture', async () => {
      await using printer = await simulated({ generation, printTime: 3_600_000 });
      await trust(printer);
      const { client } = await operating(printer, generation);
      await using _ = client;
      await client.ask('player select SD sample.fc');
      await client.ask('player start');
      const info = await binary(client, await client.ask('player info'));
      expect(JSON.parse(info?.toString() ?? '')).to.deep.equal({ HEAD_TYPE: 'EXTRUDER', TIME_COST: '3600' });
      const picture = await binary(client, await client.text());
      expect(picture?.toString('latin1', 1, 4)).to.equal('PNG');
      expect(await client.text()).to.equal('ok');
    });

    it('5.3: takes what is done to the head during a task, and only then', async () => {
      await using printer = await simulated({ generation, printTime: 3_600_000 });
      await trust(printer);
      const { client } = await operating(printer, generation);
      await using _ = client;
      const commands = [
        ...['load_filament 0', 'unload_filament 0', 'set_toolhead_header 0 210.0', 'press_button'],
        ...['set_toolhead_operating', 'set_toolhead_standby'],
      ];
      for (const command of commands) expect(await client.ask(`player ${command}`)).to.equal('error NO_TASK');
      await client.ask('player select SD sample.fc');
      await client.ask('player start');
      for (const command of commands) expect(await client.ask(`player ${command}`)).to.equal('ok');
    });

    it('5.3: keeps files and folders, in SD and not in USB', async () => {
      await using printer = await simulated({ generation, capacity: 1000, maxFile: 600 });
      await trust(printer);
      const { client } = await operating(printer, generation);
      await using _ = client;
      const content = Buffer.from('G28 ; home');
      expect(await listed(client, 'SD ""')).to.deep.equal([{ name: 'sample.fc', isFolder: false }]);
      expect(await client.ask('file mkdir SD models')).to.equal('ok');
      expect(await uploaded(client, content, 'SD "models/a b.gcode"')).to.equal('ok');
      expect(await listed(client, 'SD models')).to.deep.equal([{ name: 'a b.gcode', isFolder: false }]);
      const md5 = createHash('md5').update(content).digest('hex');
      expect(await client.ask('file md5 SD "models/a b.gcode"')).to.equal(`md5 ${md5}`);
      expect(await client.ask('file info SD "models/a b.gcode"')).to.equal('ok size=10\0mimetype=text/gcode');
      expect(await client.ask('file cp SD "models/a b.gcode" SD b.gcode')).to.equal('ok');
      const copy = await binary(client, await client.ask('file download SD b.gcode'));
      expect(copy?.equals(content)).to.equal(true);
      expect(await client.text()).to.equal('ok');
      expect(await client.ask('file rmdir SD models')).to.equal('error NOT_EXIST NOT_DIR');
      expect(await client.ask('file rm SD "models/a b.gcode"')).to.equal('ok');
      expect(await client.ask('file rmdir SD models')).to.equal('ok');
      expect(await listed(client, 'USB ""')).to.deep.equal([]);
      expect(await uploaded(client, content, 'USB x.gcode')).to.equal('error NOT_EXIST SECURITY_ISSUE');
      expect(await uploaded(client, content, 'SD ../x.gcode')).to.equal('error NOT_EXIST SECURITY_ISSUE');
      expect(await client.ask('file download USB x.gcode')).to.equal('error NOT_EXIST NOT_FILE');
      expect(await client.ask('file download USB ../x.gcode')).to.equal('error NOT_EXIST SECURITY_ISSUE');
      expect(await client.ask('file mkdir SD b.gcode')).to.equal('error NOT_EXIST NOT_DIR');
      expect(await client.ask('file ls SD b.gcode')).to.equal('error NOT_EXIST NOT_DIR');
      expect(await uploaded(client, content, `SD ${'x'.repeat(256)}`)).to.equal('error BAD_PARAMS');
      expect(await uploaded(client, content, 'CD x.gcode')).to.equal('error NOT_EXIST BAD_ENTRY');
      expect(await uploaded(client, content, 'SD none/x.gcode')).to.equal('error NOT_EXIST BAD_NODE');
      expect(await uploaded(client, Buffer.alloc(601), '#')).to.equal('error TOO_LARGE');
      expect(await uploaded(client, Buffer.alloc(600), 'SD one.fc')).to.equal('ok');
      expect(await uploaded(client, Buffer.alloc(600), 'SD two.fc')).to.equal('error TOO_LARGE');
      expect(await uploaded(client, Buffer.alloc(0), 'SD none.fc')).to.equal('ok');
    });

    it('5.3, 9.5: says who it is, keeps settings, and knows no other commands', async () => {
      await using printer = await simulated({ generation });
      await trust(printer);
      const { client } = await operating(printer, generation);
      await using _ = client;
      const answer = decodeDeviceAnswer((await client.ask('deviceinfo')) ?? '');
      const info = readDeviceInfo(answer.kind === 'ok' ? answer.text : '');
      expect(Object.fromEntries(info)).to.include({
        version: '1.7.0',
        model: 'delta-1',
        uuid: printer.uuid.replaceAll('-', ''),
        serial: printer.serial,
        nickname: 'Simulated printer',
      });
      expect(await client.ask('config get key')).to.equal('ok EMPTY');
      expect(await client.ask('config set key "a b"')).to.equal('ok');
      expect(await client.ask('config get key')).to.equal('ok VAL a b');
      expect(await client.ask('config del key')).to.equal('ok');
      expect(await client.ask('config get key')).to.equal('ok EMPTY');
      for (const command of [
        'scan',
        'task raw',
        'update_fw binary/flux-firmware 1 #',
        'player',
        '',
        'file sing SD x',
      ]) {
        expect(await client.ask(command), command).to.equal('error UNKNOWN_COMMAND');
      }
      for (const command of [
        'file',
        'file ls SD',
        'file upload x y #',
        'player select SD',
        'config get',
        'file ls "SD',
      ]) {
        expect(await client.ask(command), command).to.equal('error BAD_PARAMS');
      }
    });

    it('5.5: has one place for maintenance, from which another client kicks', async () => {
      await using printer = await simulated({ generation });
      await trust(printer);
      const one = await operating(printer, generation);
      await using _one = one.client;
      const other = await operating(printer, generation);
      await using _other = other.client;
      expect(await one.client.ask('maintain')).to.equal('ok');
      expect(await comesTo(printer, -1)).to.include({ id: -1 });
      expect(await other.client.ask('maintain')).to.equal('error RESOURCE_BUSY');
      await other.client.ask('player select SD sample.fc');
      expect(await other.client.ask('player start')).to.equal('error RESOURCE_BUSY');
      expect(await one.client.ask('player report')).to.equal('error UNKNOWN_COMMAND');
      expect(await one.client.ask('quit')).to.equal('ok');
      expect(await one.client.ask('maintain')).to.equal('ok');
      expect(await other.client.ask('kick')).to.equal('ok');
      expect(await one.client.text()).to.equal('error KICKED');
      expect(await one.client.text()).to.equal(undefined);
      expect(await other.client.ask('player start')).to.equal('ok');
      expect(await other.client.ask('kick')).to.equal('error NOT_SUPPORT');
    });

    it('gives the place back when its client is gone without a word', async () => {
      await using printer = await simulated({ generation });
      await trust(printer);
      const { client } = await operating(printer, generation);
      await client.ask('maintain');
      await client[Symbol.asyncDispose]();
      await comesTo(printer, 0);
    });

    it('leaves nothing of an upload that breaks off', async () => {
      await using printer = await simulated({ generation });
      await trust(printer);
      const broken = await operating(printer, generation);
      expect(await broken.client.ask('file upload application/fcode 100 SD half.fc')).to.equal('continue');
      broken.client.send(Buffer.alloc(50));
      await broken.client[Symbol.asyncDispose]();
      const { client } = await operating(printer, generation);
      await using _ = client;
      expect(await listed(client, 'SD ""')).to.deep.equal([{ name: 'sample.fc', isFolder: false }]);
    });

    it('9.5: closes a connection that says nothing for long', async () => {
      await using printer = await simulated({ generation, idleTime: 700 });
      await trust(printer);
      const { client } = await operating(printer, generation);
      expect(await client.text()).to.equal(undefined);
    });

    it('3.3: tells of a problem in its report and its status alike, until it is resumed', async () => {
      await using printer = await simulated({ generation, printTime: 3_600_000 });
      await trust(printer);
      const { client } = await operating(printer, generation);
      await using _ = client;
      await client.ask('player select SD sample.fc');
      await client.ask('player start');
      await comesTo(printer, 16);
      printer.meet('HARDWARE_ERROR FILAMENT_RUNOUT');
      expect(await comesTo(printer, 48)).to.include({ errorLabel: 'HARDWARE_ERROR FILAMENT_RUNOUT' });
      const report = readReport((await client.ask('player report')) ?? '');
      expect(report?.error).to.deep.equal(['HARDWARE_ERROR', 'FILAMENT_RUNOUT']);
      await client.ask('player resume');
      expect(await comesTo(printer, 16)).to.include({ errorLabel: '' });
    });
  });
}

describe('The robot of a simulated printer', () => {
  it('5.1: of the older generation signs its hello with the key of the run that discovery tells', async () => {
    await using printer = await simulated();
    await using listener = await openListener();
    listener.send(encodeTouch(1, printer.uuid), printer.discoveryPort);
    const answer = await listener.nextOf('touchAnswer');
    const slave = answer.version === 1 ? readRsaKey(answer.slaveKey) : undefined;
    const hellos = async () => {
      const socket = await dial(printer, printer.robotPort);
      const hello = await readHello(socket, 264);
      socket.destroy();
      expect(hello.toString('latin1', 0, 8)).to.equal('FLUX0002');
      return slave && isRsaSigned(hello.subarray(136), slave, hello.subarray(8, 136));
    };
    expect(await hellos()).to.equal(true);
    printer.faults.add('forgedHello');
    expect(await hellos()).to.equal(false);
  });

  it('9.5: reports and announces the same', async () => {
    await using printer = await simulated({ printTime: 3_600_000 });
    await using listener = await openListener();
    await trust(printer);
    const { client } = await operating(printer, 'FLUX0002');
    await using _ = client;
    await client.ask('player select SD sample.fc');
    await client.ask('player start');
    await comesTo(printer, 16);
    listener.send(encodePoke(1), printer.discoveryPort);
    const { status } = await listener.nextOf('announcement');
    const report = readReport((await client.ask('player report')) ?? '');
    expect(report?.id).to.equal(status.id);
    expect(report?.progress).to.be.closeTo(status.progress ?? -1, 0.01);
  });

  it('9.5: does not take a connection for idle that is busy inside of TLS', async () => {
    await using printer = await simulated({ generation: 'FLUX0003', idleTime: 700 });
    await trust(printer);
    const { client } = await operating(printer, 'FLUX0003');
    await using _ = client;
    const begun = performance.now();
    while (performance.now() - begun < 1000) expect(await client.ask('config get x')).to.equal('ok EMPTY');
  });

  it('5.1: of the newer generation sends every reply as a record of its own', async () => {
    await using printer = await simulated({ generation: 'FLUX0003' });
    await trust(printer);
    const { client } = await operating(printer, 'FLUX0003');
    await using _ = client;
    const pieces: number[] = [];
    const { stream } = client;
    const all = rawClient(stream);
    stream.prependListener('data', (bytes: Buffer) => pieces.push(bytes.length));
    all.send(encodeClientText('file ls SD ""'));
    expect(await all.text()).to.equal('continue');
    expect(await all.text()).to.equal('Fsample.fc');
    expect(await all.text()).to.equal('ok');
    expect(pieces).to.deep.equal([10, 12, 4]);
  });
});
