import { silent } from '@thingwright/core';
import { compileCheck } from '@thingwright/core/checks';
import type { Link } from '@thingwright/device-link';
import { resultsInProcess } from '@thingwright/scanner';
import { expect } from 'chai';
import fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import { ScannerDevice } from '../src/scanner-device.js';
import { recordReader, rememberInProcess } from '../src/scanner-record.js';
import { HELLO, REQUEST, UUID, update } from './served-scanner.js';

const readRecord = recordReader(compileCheck);
const principal = { id: 'user:me', kind: 'user', grants: [] } as const;

/** A device with a link that is not one: what it is sent is in `sent`. */
function open() {
  const clock = { now: 1_000_000 };
  const flow = { isPaused: false };
  const sent: string[] = [];
  const device = new ScannerDevice(
    { name: 'mri', id: `urn:uuid:${UUID}` },
    {
      memory: rememberInProcess(),
      readRecord,
      results: resultsInProcess(),
      maxFileSize: 1_000_000,
      log: silent,
      now: () => clock.now,
    },
  );
  const connect = () => {
    let isOpen = true;
    const link: Link = {
      name: 'mri',
      id: device.id,
      peer: '127.0.0.1',
      get isOpen() {
        return isOpen;
      },
      send: (text) => isOpen && sent.push(text) > 0,
      pause() {
        flow.isPaused = true;
      },
      resume() {
        flow.isPaused = false;
      },
      close() {
        isOpen = false;
      },
    };
    return { link, receiver: device.attach(link) };
  };
  const pass = (milliseconds: number): void => {
    for (const end = clock.now + milliseconds; clock.now < end; ) {
      clock.now = Math.min(end, clock.now + 250);
      device.sweep(clock.now);
    }
  };
  /** Begins a scan, and gives the task that the device was sent. */
  const scan = async (): Promise<{ id: string; access_token: string }> => {
    const before = sent.length;
    const { signal } = new AbortController();
    const run = { id: `action-${sent.length}`, principal, signal, acknowledge() {}, progress() {} };
    device.scans.scan(REQUEST, run).catch(() => {});
    for (let i = 0; i < 20 && sent.length === before; i++) await Promise.resolve();
    await Promise.resolve();
    const { id, access_token } = JSON.parse(sent.at(-1) ?? '').data;
    return { id, access_token };
  };
  return { device, sent, clock, flow, connect, pass, scan };
}

const text = (frame: unknown): Buffer => Buffer.from(typeof frame === 'string' ? frame : JSON.stringify(frame));

describe('A connection of a scanner', () => {
  it('has to wait until the next look at the time when it says too much, and loses nothing', () => {
    const { device, sent, flow, connect, pass } = open();
    const { receiver } = connect();
    const flood = (frame: object): number => {
      let frames = 0;
      for (; !flow.isPaused && frames < 1000; frames++) receiver.frame(text(frame), false);
      return frames;
    };
    expect(flood({ command: 'ping' })).to.equal(200);
    expect(sent).to.have.length(200);
    receiver.frame(text({ command: 'ping' }), false);
    expect(sent, 'what had come already').to.have.length(201);
    pass(250);
    expect(flow.isPaused).to.equal(false);
    const details = { device_name: 'x', parameter: { table: 'x'.repeat(60_000) } };
    expect(flood({ command: 'register', data: details })).to.equal(4);
    pass(250);
    expect(flow.isPaused).to.equal(false);
    expect(device.session?.link.isOpen).to.equal(true);
  });

  it('B15: is sent 16 frames at most in a scan of the first generation, whatever it sends', async () => {
    const { sent, connect, scan } = open();
    const { receiver } = connect();
    receiver.frame(text(HELLO['gen-1'][0]), false);
    const before = sent.length;
    const task = await scan();
    for (let percent = 0; percent <= 100; percent++) {
      receiver.frame(text(update('BUSY', { progress: percent / 2 }, task)), false);
      if (percent % 5 === 0) receiver.frame(text('not JSON'), false);
      if (percent % 5 === 1) receiver.frame(Buffer.from('stray bytes'), true);
    }
    expect(sent.length - before).to.be.within(10, 15);
  });

  it('B8: that was replaced has no say any more', async () => {
    const { device, connect, scan } = open();
    const first = connect();
    first.receiver.frame(text(HELLO['gen-2'][0]), false);
    const second = connect();
    for (const frame of HELLO['gen-2']) second.receiver.frame(text(frame), false);
    const task = await scan();
    first.receiver.frame(text(update('ERROR', { error_message: 'x' }, task)), false);
    first.receiver.closed(1008, 'replaced');
    expect(device.presence.status).to.equal('ONLINE');
    expect(device.scans.active?.state.phase).to.equal('sent');
  });

  it('is greeted before it registers, which is no end of the scan that goes on over it; ONLINE after that is', async () => {
    const { device, connect, scan } = open();
    const first = connect();
    for (const frame of HELLO['gen-2']) first.receiver.frame(text(frame), false);
    const task = await scan();
    first.receiver.frame(text(update('BUSY', { progress: 10 }, task)), false);
    first.receiver.closed(1006, '');
    const { receiver } = connect();
    for (const frame of [...HELLO['gen-2'], update('ONLINE', { progress: 20 }, task)]) {
      receiver.frame(text(frame), false);
      expect([device.presence.status, device.scans.active?.state.phase]).to.deep.equal(['BUSY', 'inProgress']);
    }
    expect(device.scans.active?.state.percent).to.equal(20);
    receiver.frame(text(update('ONLINE', {})), false);
    expect(device.scans.active?.state.phase).to.equal('uploading');
  });

  it('says how a device stands that goes on with a scan which is over here, and is no trespass', async () => {
    const { device, sent, connect, pass, scan } = open();
    const { receiver } = connect();
    for (const frame of HELLO['gen-2']) receiver.frame(text(frame), false);
    const task = await scan();
    const rejected: unknown[] = [];
    device.events.protocolError.subscribe((error) => rejected.push(error));
    pass(10_000);
    expect(device.scans.active).to.equal(undefined);
    receiver.frame(text(update('BUSY', { progress: 10 }, task)), false);
    expect(device.presence.status).to.equal('BUSY');
    expect(JSON.parse(sent.at(-1) ?? '')).to.include({ command: 'feedback', code: 'task-over', task_id: task.id });
    expect(rejected).to.deep.equal([]);
  });

  for (const [generation, measuredWith] of [
    ['gen-1', { larmor_frequency: 1 }],
    ['gen-2', { larmor_frequency: 2 }],
  ] as const) {
    it(`B13: keeps with a file what it was measured with: as told, or as the header says (${generation})`, async () => {
      const { device, connect, scan } = open();
      await device.profile.setParameter({ larmor_frequency: 1 });
      const { receiver } = connect();
      for (const frame of HELLO[generation]) receiver.frame(text(frame), false);
      const task = await scan();
      const ready = firstValueFrom(device.events.resultReady);
      const header = {
        command: 'file-transfer',
        task_id: task.id,
        user_access_token: task.access_token,
        filename: 'data.mrd',
        size_bytes: 1,
        ...(generation === 'gen-2' ? { device_parameter: measuredWith } : {}),
      };
      receiver.frame(text(header), false);
      receiver.frame(Buffer.from([1]), true);
      expect((await ready).parameter).to.deep.equal(measuredWith);
    });
  }

  it('takes its file along when it is replaced, or ends', async () => {
    const { device, clock, connect, scan } = open();
    const { receiver } = connect();
    for (const frame of HELLO['gen-2']) receiver.frame(text(frame), false);
    const { id, access_token } = await scan();
    const failed: unknown[] = [];
    device.events.uploadFailed.subscribe(({ reason }) => failed.push(reason));
    const names = { task_id: id, user_access_token: access_token, filename: 'data.mrd' };
    const half = [text({ command: 'file-transfer', ...names, size_bytes: 2 }), Buffer.from([1])];
    for (const message of half) receiver.frame(message, message.length === 1);
    const { receiver: second } = connect();
    expect(failed).to.deep.equal(['disconnected']);
    for (const message of half) second.frame(message, message.length === 1);
    device.sweep(clock.now);
    expect(device.upload.get()).to.include({ receivedBytes: 1, sizeBytes: 2 });
    second.closed(1006, '');
    expect(failed).to.deep.equal(['disconnected', 'disconnected']);
    expect(device.upload.get()).to.equal(null);
  });

  it('never throws, and never leaves the device busy for ever, whatever comes', async () => {
    const task = fc.constantFrom('own', 'none', 'foreign');
    const percent = fc.oneof(fc.integer({ min: -10, max: 200 }), fc.constantFrom('abc', null, 1.5));
    const frame = fc.oneof(
      fc.record({
        kind: fc.constant('update'),
        status: fc.constantFrom('ONLINE', 'BUSY', 'ERROR', 'OFFLINE'),
        task,
        percent,
      }),
      fc.record({ kind: fc.constant('transfer'), size: fc.integer({ min: -1, max: 40 }), task }),
      fc.record({ kind: fc.constantFrom('bytes', 'register', 'ping', 'connect', 'gone', 'scan', 'abort', 'time') }),
      fc.record({ kind: fc.constant('junk'), junk: fc.jsonValue() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { maxLength: 30 }), async (frames) => {
        const { device, connect, pass, scan } = open();
        let own = { id: 'x', access_token: 'y' };
        let { receiver } = connect();
        for (const each of frames) {
          const named = 'task' in each && each.task === 'own' ? own : { id: 'other', access_token: 'z' };
          if (each.kind === 'connect') ({ receiver } = connect());
          else if (each.kind === 'gone') receiver.closed(1006, '');
          else if (
            each.kind === 'scan' &&
            device.session &&
            !device.scans.active &&
            device.presence.status !== 'BUSY'
          ) {
            own = await scan();
          } else if (each.kind === 'abort') device.scans.abort().catch(() => {});
          else if (each.kind === 'time') pass(20_000);
          else if (each.kind === 'bytes') receiver.frame(Buffer.alloc(10), true);
          else if (each.kind === 'register') receiver.frame(text(HELLO['gen-1'][0]), false);
          else if (each.kind === 'ping') receiver.frame(text({ command: 'ping' }), false);
          else if ('junk' in each) receiver.frame(text(each.junk), false);
          else if ('status' in each) {
            const data = { progress: each.percent };
            receiver.frame(text(update(each.status, data, each.task === 'none' ? undefined : named)), false);
          } else if ('size' in each) {
            const header = { command: 'file-transfer', task_id: named.id, user_access_token: named.access_token };
            receiver.frame(text({ ...header, size_bytes: each.size }), false);
          }
        }
        await new Promise(setImmediate);
        pass(1_800_000 + 200_000);
        await new Promise(setImmediate);
        pass(1_800_000 + 200_000);
        expect(device.scans.active).to.equal(undefined);
        expect(device.upload.get()).to.equal(null);
      }),
      { numRuns: 60 },
    );
  }).timeout(20_000);
});
