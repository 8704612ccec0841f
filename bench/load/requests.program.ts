/** Reads a property over one socket, a number of requests under way. Every answer is compared with its request. */
import { obey } from '../harness/commands.js';
import { type Figures, figure } from '../harness/figures.js';
import { requestOf, STATION } from '../wire.js';
import { maskedFrame, TEXT } from './frames.js';
import { dialWebSocket, type RawWebSocket } from './raw-socket.js';
import { createVerdict } from './verdict.js';

/** Different requests that go round; many more than are ever under way. */
const REQUESTS = 1024;

interface Request {
  readonly frame: Buffer;
  readonly text: Buffer;
  readonly ending: Buffer;
}

const verdict = createVerdict();
const requests: readonly Request[] = Array.from({ length: REQUESTS }, () => {
  const { text, correlationID } = requestOf('readproperty', { name: 'reading' });
  const payload = Buffer.from(text);
  const ending = Buffer.from(`,"correlationID":"${correlationID}"}`);
  return { frame: maskedFrame(TEXT, payload), text: payload, ending };
});
let client: RawWebSocket | undefined;
let sent = 0;
let answered = 0;
let messages = 0;
let echoes = false;
/** What every answer holds between its messageID and its timestamp. */
let middle: Buffer | undefined;

const MESSAGE_ID = Buffer.from(`{"thingID":"${STATION}","messageID":"`);
const MIDDLE_AT = MESSAGE_ID.length + 36;

/** Sees that the first answer is right, and keeps what all others have to be like. */
function learn(text: string): void {
  const { thingID, messageType, operation, name, value, error } = JSON.parse(text);
  const isRight =
    thingID === STATION &&
    messageType === 'response' &&
    operation === 'readproperty' &&
    name === 'reading' &&
    error === undefined &&
    value.level === 100;
  if (!isRight) verdict.fail(text);
  middle = Buffer.from(text.slice(MIDDLE_AT, text.indexOf('"timestamp"')));
}

function takeAnswer(bytes: Buffer, start: number, end: number): void {
  const request = requests[answered++ % REQUESTS];
  if (request === undefined) return;
  if (middle === undefined && !echoes) learn(bytes.toString('latin1', start, end));
  const { text, ending } = request;
  const isRight = echoes
    ? bytes.compare(text, 0, text.length, start, end) === 0
    : bytes.compare(ending, 0, ending.length, end - ending.length, end) === 0 &&
      middle !== undefined &&
      bytes.compare(middle, 0, middle.length, start + MIDDLE_AT, start + MIDDLE_AT + middle.length) === 0;
  if (!isRight) verdict.fail(`Another answer was due: ${bytes.toString('latin1', start, end)}`);
}

function send(count: number): void {
  const frames: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    const request = requests[sent++ % REQUESTS];
    if (request) frames.push(request.frame);
  }
  if (frames.length > 0) client?.socket.write(Buffer.concat(frames));
}

async function connect(figures: Figures): Promise<void> {
  echoes = figure(figures, 'echoes') === 1;
  const opened = await dialWebSocket(
    { port: figure(figures, 'port'), path: '/things', protocol: 'webthingprotocol' },
    verdict,
  );
  opened.onText = (bytes, { start, end }) => takeAnswer(bytes, start, end);
  client = opened;
}

obey({
  connect: (figures) => verdict.prepare(connect(figures)),
  async run(figures) {
    messages = figure(figures, 'messages');
    const inFlight = figure(figures, 'inFlight');
    const last = answered + messages;
    if (client) {
      client.onRead = (texts) => {
        send(Math.min(texts, last - sent));
        if (answered === last) verdict.finish();
      };
    }
    const seconds = await verdict.run(
      () => send(Math.min(inFlight, messages)),
      () => answered,
    );
    return { messages, seconds };
  },
});
