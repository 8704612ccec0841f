/** Devices that send samples, and the readers of their Things. Every message of every reader is compared with its sample. */
import type { Socket } from 'node:net';
import { obey } from '../harness/commands.js';
import { type Figures, figure } from '../harness/figures.js';
import { deviceID, deviceName, sampleOf, VARIANTS } from '../sample.js';
import { requestOf } from '../wire.js';
import { endingOf, standsAt, standsShortAt } from './bytes.js';
import { maskedFrame, TEXT } from './frames.js';
import { dial, dialWebSocket, nextText, sendText } from './raw-socket.js';
import { type Template, templateOf } from './template.js';
import { createVerdict } from './verdict.js';

const AT_ONCE = 50;
/** Samples of one device that may be under way. */
const UNDER_WAY = 256;

interface Device {
  readonly n: number;
  readonly socket: Socket;
  readonly frames: readonly Buffer[];
  /** What readers have to get, once the first has. */
  readonly templates: (Template | undefined)[];
  /** What the first reader of each sample under way got, up to the correlationID. */
  readonly heads: (Buffer | undefined)[];
  /** How many readers have it. */
  readonly arrivals: Int32Array;
  sent: number;
}

const verdict = createVerdict();
const devices: Device[] = [];
let readersEach = 0;
let expected = 0;
let sent = 0;
let done = 0;
let messages = 0;

async function openDevice(port: number, n: number): Promise<Device> {
  const path = `/ws/device/${deviceName(n)}`;
  const { socket } = await dialWebSocket({ port, path }, verdict);
  const samples = Array.from({ length: VARIANTS }, (_, i) => Buffer.from(JSON.stringify(sampleOf(n, i))));
  const frames = samples.map((sample) => maskedFrame(TEXT, sample));
  return { n, socket, frames, templates: [], heads: [], arrivals: new Int32Array(UNDER_WAY), sent: 0 };
}

function send(device: Device): void {
  if (sent === expected) return;
  sent++;
  const frame = device.frames[device.sent++ % VARIANTS];
  if (frame) device.socket.write(frame);
}

function finishOne(device: Device): void {
  done++;
  send(device);
  if (done === expected) verdict.finish();
}

/** Sees that what the first reader of a sample got is right, and keeps it for all others. */
function learn(device: Device, variant: number, text: string): Template {
  const { thingID, messageType, name, value, conflated } = JSON.parse(`${text}}`);
  const sample = sampleOf(device.n, variant);
  const isRight =
    thingID === deviceID(device.n) &&
    messageType === 'notification' &&
    name === 'telemetry' &&
    conflated === undefined &&
    Object.entries(sample).every(([member, right]) => JSON.stringify(value[member]) === JSON.stringify(right));
  if (!isRight) verdict.fail(`Sample ${variant} of device ${device.n} became ${text}`);
  const template = templateOf(text);
  device.templates[variant] = template;
  return template;
}

/** Whether the first reader of a sample got what it has to get. */
function isSample(device: Device, seq: number, part: { bytes: Buffer; start: number; end: number }): boolean {
  const { bytes, start, end } = part;
  const variant = seq % VARIANTS;
  const template = device.templates[variant] ?? learn(device, variant, bytes.toString('latin1', start, end));
  return template.fits(bytes, start, end);
}

async function openReader(port: number, device: Device): Promise<void> {
  const client = await dialWebSocket({ port, path: '/things', protocol: 'webthingprotocol' }, verdict);
  const { text, correlationID } = requestOf('observeproperty', { name: 'telemetry', thingID: deviceID(device.n) });
  const answer = nextText(client);
  sendText(client, text);
  const response = JSON.stringify(await answer);
  if (!response.includes(correlationID) || response.includes('"error"')) verdict.fail(response);
  const { common, own } = endingOf(correlationID);
  const { arrivals, heads } = device;
  let seq = 0;
  client.onText = (bytes, { start, end }) => {
    const split = end - own.length;
    const place = seq % UNDER_WAY;
    const head = heads[place];
    const isRight =
      arrivals[place] === 0
        ? isSample(device, seq, { bytes, start, end: split - common.length })
        : head !== undefined && head.length === split - start && standsAt(bytes, start, head);
    if (!isRight || !standsShortAt(bytes, split, own)) {
      verdict.fail(`Sample ${seq} of device ${device.n} became ${bytes.toString('latin1', start, end)}`);
    }
    if (arrivals[place] === 0 && readersEach > 1) heads[place] = Buffer.from(bytes.subarray(start, split));
    seq++;
    messages++;
    const arrived = (arrivals[place] ?? 0) + 1;
    arrivals[place] = arrived % readersEach;
    if (arrived === readersEach) finishOne(device);
  };
}

async function inGroups(count: number, open: (n: number) => Promise<void>): Promise<void> {
  for (let n = 0; n < count; n += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - n) }, (_, i) => open(n + i)));
  }
}

/** What the last samples of all devices add up to. */
function sum(): number {
  const last = devices.map(({ n, sent: count }) => sampleOf(n, (count + VARIANTS - 1) % VARIANTS));
  return last.reduce((total, { battery, grid }) => total + battery.soc + grid.power, 0);
}

async function connect(figures: Figures): Promise<void> {
  const port = figure(figures, 'port');
  readersEach = figure(figures, 'readersEach');
  await inGroups(figure(figures, 'devices'), async (n) => {
    devices[n] = await openDevice(port, n);
  });
  await inGroups(devices.length * readersEach, async (n) => {
    const device = devices[n % devices.length];
    if (device) await openReader(port, device);
  });
  if (readersEach > 0) return;
  let oldest = 0;
  await dial(
    figure(figures, 'acknowledge'),
    ({ length }) => {
      for (let i = 0; i < length; i++) {
        const device = devices[oldest++ % devices.length];
        if (device) finishOne(device);
      }
    },
    verdict,
  );
}

obey({
  connect: (figures) => verdict.prepare(connect(figures)),
  async run(figures) {
    const each = figure(figures, 'window');
    expected += figure(figures, 'frames');
    messages = 0;
    const before = done;
    const start = (): void => {
      for (let i = 0; i < each; i++) for (const device of devices) send(device);
    };
    const seconds = await verdict.run(start, () => done);
    return { messages: readersEach > 0 ? messages : done - before, seconds };
  },
  sum: () => ({ sum: sum() }),
});
