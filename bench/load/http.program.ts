/** Keep-alive connections that each send a request when the answer to the last one is there. Every body is compared. */
import type { Socket } from 'node:net';
import { obey } from '../harness/commands.js';
import { type Figures, figure } from '../harness/figures.js';
import { dial } from './raw-socket.js';
import { createVerdict } from './verdict.js';

const CONNECTIONS = 32;
const OK = Buffer.from('HTTP/1.1 200 OK\r\n');

const verdict = createVerdict();
const sockets: Socket[] = [];
/** What an answer is like: its length, and its body at the end. */
let length = 0;
let body: Buffer | undefined;
let request = Buffer.alloc(0);
let answered = 0;
let left = 0;

/** Sees that the first answer is right and complete, and keeps what all others have to be like. */
function learn(bytes: Buffer): boolean {
  const text = bytes.toString();
  const head = text.indexOf('\r\n\r\n');
  const size = Number(/content-length: (\d+)/i.exec(text)?.[1]);
  if (head < 0 || bytes.length < head + 4 + size) return false;
  const value = JSON.parse(text.slice(head + 4));
  if (value.level !== 100 && value.title !== 'Station') verdict.fail(text);
  length = bytes.length;
  body = Buffer.from(bytes.subarray(head + 4));
  return true;
}

function isRight(bytes: Buffer): boolean {
  if (body === undefined || bytes.length !== length) return false;
  return (
    bytes.compare(OK, 0, OK.length, 0, OK.length) === 0 &&
    bytes.compare(body, 0, body.length, length - body.length, length) === 0
  );
}

async function connect(figures: Figures): Promise<void> {
  const port = figure(figures, 'port');
  for (let n = 0; n < CONNECTIONS; n++) {
    let rest: Buffer | undefined;
    const socket = await dial(
      port,
      (bytes) => {
        const all = rest ? Buffer.concat([rest, bytes]) : bytes;
        rest = undefined;
        if (body === undefined ? !learn(all) : all.length < length) {
          rest = Buffer.from(all);
          return;
        }
        if (!isRight(all)) verdict.fail(`Another answer was due: ${all.toString()}`);
        answered++;
        if (left > 0) {
          left--;
          socket.write(request);
        } else if (--open === 0) verdict.finish();
      },
      verdict,
    );
    sockets.push(socket);
  }
}

/** Connections with a request under way. */
let open = 0;

const get = async (path: string, figures: Figures): Promise<Figures> => {
  const messages = figure(figures, 'messages');
  request = Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:10000\r\nAuthorization: Bearer bench\r\nAccept: */*\r\n\r\n`,
  );
  body = undefined;
  answered = 0;
  left = messages - CONNECTIONS;
  open = CONNECTIONS;
  const seconds = await verdict.run(
    () => {
      for (const socket of sockets) socket.write(request);
    },
    () => answered,
  );
  if (answered !== messages) throw new Error(`${answered} answers for ${messages} requests`);
  return { messages, seconds };
};

obey({
  connect: (figures) => verdict.prepare(connect(figures)),
  property: (figures) => get('/things/station/properties/reading', figures),
  description: (figures) => get('/things/station', figures),
});
