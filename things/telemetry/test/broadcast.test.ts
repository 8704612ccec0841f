import type { Line } from '@thingwright/device-link';
import { expect } from 'chai';
import { Broadcast } from '../src/broadcast.js';

interface FakeLine extends Line {
  readonly heard: unknown[];
  readonly frames: Buffer[];
  isStuck: boolean;
  closing: number | undefined;
}

function fakeLine(): FakeLine {
  const heard: unknown[] = [];
  const frames: Buffer[] = [];
  return {
    heard,
    frames,
    isStuck: false,
    closing: undefined,
    peer: '',
    protocol: '',
    isOpen: true,
    pause() {},
    resume() {},
    backlog: 0,
    send: () => false,
    write(frame) {
      if (this.isStuck) return false;
      frames.push(frame);
      heard.push(JSON.parse(frame.subarray(frame[1] === 126 ? 4 : 2).toString()));
      return true;
    },
    close(code) {
      this.closing = code;
    },
  };
}

const payload = (soc: number, timestamp = '2026-02-03T12:00:00Z') => ({
  device_id: 'ems_001',
  timestamp,
  battery: { voltage: 50, soc },
});
const frame = (soc: number, timestamp?: string) => ({
  ...payload(soc, timestamp),
  receivedAt: '2026-02-03T12:00:00.000Z',
  quality: 'good' as const,
});

describe('The broadcast of a device', () => {
  it('T14: gives the latest payload on connect, without what the server added', () => {
    const broadcast = new Broadcast();
    const [early, late] = [fakeLine(), fakeLine()];
    broadcast.add(early, 0);
    expect(early.heard).to.deep.equal([]);
    broadcast.offer(frame(1), 5000);
    broadcast.add(late, 6000);
    expect([early.heard, late.heard]).to.deep.equal([[payload(1)], [payload(1)]]);
  });

  it('T14: sends changes only, at most one a second, and the last one for sure', () => {
    const broadcast = new Broadcast();
    const line = fakeLine();
    broadcast.add(line, 0);
    broadcast.offer(frame(1), 10_000);
    broadcast.offer(frame(1, '2026-02-03T12:00:01Z'), 11_100);
    expect(line.heard, 'a timestamp is no change').to.have.length(1);
    for (let i = 0; i < 5; i++) broadcast.offer(frame(2 + i), 11_200 + i * 100);
    expect(line.heard).to.deep.equal([payload(1), payload(2)]);
    broadcast.sweep(12_000, true);
    expect(line.heard).to.have.length(2);
    broadcast.sweep(12_200, true);
    expect(line.heard).to.deep.equal([payload(1), payload(2), payload(6)]);
  });

  it('T14: repeats the latest payload every 10 s while the device is connected', () => {
    const broadcast = new Broadcast();
    const line = fakeLine();
    broadcast.add(line, 0);
    broadcast.offer(frame(1), 1000);
    broadcast.offer(frame(1, '2026-02-03T12:00:09Z'), 10_000);
    broadcast.sweep(10_999, true);
    expect(line.heard).to.have.length(1);
    broadcast.sweep(11_000, true);
    expect(line.heard).to.deep.equal([payload(1), payload(1, '2026-02-03T12:00:09Z')]);
    broadcast.sweep(30_000, false);
    expect(line.heard, 'of a device that is away nothing is repeated').to.have.length(2);
  });

  it('encodes once for all', () => {
    const broadcast = new Broadcast();
    const lines = [fakeLine(), fakeLine(), fakeLine()];
    for (const line of lines) broadcast.add(line, 0);
    broadcast.offer(frame(1), 5000);
    expect(new Set(lines.map((line) => line.frames[0])).size).to.equal(1);
  });

  it('lets nobody wait for a reader that is stuck; that one gets the latest, or is closed with 1013', () => {
    const broadcast = new Broadcast();
    const [quick, slow, dead] = [fakeLine(), fakeLine(), fakeLine()];
    for (const line of [quick, slow, dead]) broadcast.add(line, 0);
    slow.isStuck = true;
    dead.isStuck = true;
    for (let i = 0; i < 5; i++) broadcast.offer(frame(i), 5000 + i * 1000);
    expect(quick.heard).to.have.length(5);
    slow.isStuck = false;
    broadcast.sweep(9500, true);
    expect(slow.heard).to.deep.equal([payload(4)]);
    for (let now = 10_000; now < 40_000; now += 250) broadcast.sweep(now, true);
    expect([quick.closing, slow.closing, dead.closing]).to.deep.equal([undefined, undefined, 1013]);
  });

  it('forgets a reader that is gone', () => {
    const broadcast = new Broadcast();
    const line = fakeLine();
    broadcast.add(line, 0);
    broadcast.remove(line);
    broadcast.offer(frame(1), 5000);
    expect([line.heard.length, broadcast.size]).to.deep.equal([0, 0]);
  });
});
