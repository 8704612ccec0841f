/** Readers of one property, of whom one stops to read for a while. Everybody counts what came, and nothing may be missing. */
import type { Socket } from 'node:net';
import { obey } from '../harness/commands.js';
import { type Figures, figure } from '../harness/figures.js';
import { requestOf } from '../wire.js';
import { dial, dialWebSocket, nextText, type RawWebSocket, sendText } from './raw-socket.js';
import { createVerdict } from './verdict.js';

interface Reader {
  readonly client: RawWebSocket;
  /** Changes that it has, or that stand for them. */
  changes: number;
  /** Messages that stood for more than one change. */
  conflated: number;
}

const READERS = 10;
/** Changes on their way. */
const WINDOW = 64;

const verdict = createVerdict();
const readers: Reader[] = [];
let trigger: Socket | undefined;
let expected = 0;
let granted = 0;
let stalled: Reader | undefined;

/** Takes a message: the value has to be the one after those that it has, or as many further as it says it stands for. */
function take(reader: Reader, text: string): void {
  const { value, conflated = 1 } = JSON.parse(text);
  reader.changes += conflated;
  if (conflated > 1) reader.conflated++;
  if (value.n !== reader.changes - 1 || value.text.length !== 1024) {
    verdict.fail(`Change ${value.n} came as number ${reader.changes - 1}, for ${conflated}`);
  }
  if (conflated > 1 && reader !== stalled) verdict.fail('A reader who reads was sent fewer changes than there were');
}

async function openReader(port: number): Promise<Reader> {
  const client = await dialWebSocket({ port, path: '/things', protocol: 'webthingprotocol' }, verdict);
  const { text } = requestOf('observeproperty', { name: 'picture' });
  const answer = nextText(client);
  sendText(client, text);
  await answer;
  const reader = { client, changes: 0, conflated: 0 };
  client.onText = (bytes, { start, end }) => take(reader, bytes.toString('latin1', start, end));
  client.onRead = () => {
    const slowest = Math.min(...readers.filter((other) => other !== stalled).map(({ changes }) => changes));
    grant(slowest);
  };
  return reader;
}

function grant(slowest: number): void {
  const more = Math.min(expected, slowest + WINDOW) - granted;
  if (more > 0) {
    granted += more;
    trigger?.write(Buffer.alloc(more));
  }
  if (readers.every((reader) => reader === stalled || reader.changes === expected)) verdict.finish();
}

async function connect(figures: Figures): Promise<void> {
  trigger = await dial(figure(figures, 'trigger'), () => {}, verdict);
  for (let n = 0; n < READERS; n++) readers.push(await openReader(figure(figures, 'port')));
}

async function receive(figures: Figures): Promise<Figures> {
  expected += figure(figures, 'changes');
  const seconds = await verdict.run(
    () => grant(granted),
    () => readers.reduce((sum, { changes }) => sum + changes, 0),
  );
  return { seconds, messages: expected };
}

obey({
  connect: (figures) => verdict.prepare(connect(figures)),
  /** All read. */
  run: receive,
  /** One does not. */
  async stall(figures) {
    stalled = readers[0];
    stalled?.client.socket.pause();
    return receive(figures);
  },
  /** It reads again, and has to get to where all others are. */
  async resume() {
    const reader = stalled;
    if (!reader) return {};
    const { client } = reader;
    client.onRead = () => {
      if (reader.changes === expected) verdict.finish();
    };
    const before = reader.changes;
    const seconds = await verdict.run(
      () => client.socket.resume(),
      () => reader.changes,
    );
    return { seconds, changes: reader.changes - before, conflated: reader.conflated };
  },
});
