/** A thousand readers of one property. Every message is compared with what its reader has to get, byte by byte. */
import type { Socket } from 'node:net';
import { obey } from '../harness/commands.js';
import { type Figures, figure } from '../harness/figures.js';
import { microseconds, readingOf, requestOf, STATION } from '../wire.js';
import { endingOf, standsAt, standsShortAt } from './bytes.js';
import type { Frame } from './frames.js';
import { createHistogram } from './histogram.js';
import { dial, dialWebSocket, nextText, sendText } from './raw-socket.js';
import { createVerdict } from './verdict.js';

const AT_ONCE = 50;
/** Changes that may be under way: more than any window. */
const UNDER_WAY = 4096;

const verdict = createVerdict();
const histogram = createHistogram();
const ids = new Set<string>();
/** Of each change under way: what all readers have to get, when it was due, how many have it. */
const heads: Buffer[] = [];
const dueAt = new Float64Array(UNDER_WAY);
const arrivals = new Int32Array(UNDER_WAY);
let trigger: Socket | undefined;
let readers = 0;
let messages = 0;
let complete = 0;
let expected = 0;
let granted = 0;
let now = 0;

/** Keeps what the first reader of a change got, once it is what a notification has to be. */
function learn(seq: number, text: string, head: Buffer): void {
  const { thingID, messageID, messageType, name, value, operation, conflated } = JSON.parse(text);
  const right = readingOf(seq, value.at);
  const isRight =
    thingID === STATION &&
    messageType === 'notification' &&
    name === 'reading' &&
    operation === 'observeproperty' &&
    conflated === undefined &&
    JSON.stringify(value) === JSON.stringify(right) &&
    !ids.has(messageID);
  if (!isRight) verdict.fail(`The ${seq}th notification is wrong: ${text}`);
  ids.add(messageID);
  heads[seq % UNDER_WAY] = Buffer.from(head);
  dueAt[seq % UNDER_WAY] = right.at;
}

function grant(changes: number): void {
  const more = Math.min(changes, expected - granted);
  if (more <= 0) return;
  granted += more;
  trigger?.write(Buffer.alloc(more));
}

function completeChange(seq: number): void {
  arrivals[seq % UNDER_WAY] = 0;
  complete++;
  grant(1);
  if (complete === expected) verdict.finish();
}

function take(seq: number, bytes: Buffer, { start, end, own }: Omit<Frame, 'opcode'> & { own: Buffer }): void {
  const split = end - own.length;
  const place = seq % UNDER_WAY;
  const known = arrivals[place] ?? 0;
  if (known === 0) {
    learn(seq, bytes.toString('latin1', start, end), bytes.subarray(start, split));
  } else {
    const head = heads[place];
    if (head === undefined || head.length !== split - start || !standsAt(bytes, start, head)) {
      verdict.fail(`A reader got another text for the ${seq}th change: ${bytes.toString('latin1', start, end)}`);
    }
  }
  if (!standsShortAt(bytes, split, own)) verdict.fail(bytes.toString('latin1', start, end));
  messages++;
  histogram.add(now - (dueAt[place] ?? 0));
  arrivals[place] = known + 1;
  if (known + 1 === readers) completeChange(seq);
}

async function subscribe(port: number): Promise<void> {
  const client = await dialWebSocket({ port, path: '/things', protocol: 'webthingprotocol' }, verdict);
  const { text, correlationID } = requestOf('observeproperty', { name: 'reading' });
  const answer = nextText(client);
  sendText(client, text);
  const response = JSON.stringify(await answer);
  if (!response.includes(correlationID) || response.includes('"error"')) verdict.fail(response);
  const { own } = endingOf(correlationID);
  let seq = 0;
  let clock = true;
  client.onText = (bytes, { start, end }) => {
    if (clock) now = microseconds();
    clock = false;
    take(seq++, bytes, { start, end, own });
  };
  client.onRead = () => {
    clock = true;
  };
}

/** Waits for so many changes more; `start` makes them begin. */
async function receive(changes: number, start: () => void) {
  expected = complete + changes;
  messages = 0;
  histogram.clear();
  const seconds = await verdict.run(start, () => messages);
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => histogram.quantile(share) / 1000);
  return { messages, seconds, p50: p50 ?? 0, p99: p99 ?? 0, max: max ?? 0 };
}

async function connect(figures: Figures): Promise<void> {
  const port = figure(figures, 'port');
  const wanted = figure(figures, 'readers');
  trigger = await dial(figure(figures, 'trigger'), () => {}, verdict);
  while (readers < wanted) {
    const more = Math.min(AT_ONCE, wanted - readers);
    await Promise.all(Array.from({ length: more }, () => subscribe(port)));
    readers += more;
  }
}

obey({
  connect: (figures) => verdict.prepare(connect(figures)),
  run: (figures) =>
    receive(figure(figures, 'changes'), () => {
      granted = complete;
      grant(figure(figures, 'window'));
    }),
  watch: (figures) => receive(figure(figures, 'changes'), () => {}),
});
