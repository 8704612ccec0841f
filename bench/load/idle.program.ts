/** Sockets that are opened, subscribe to what they are told to, and then do nothing. */
import { obey } from '../harness/commands.js';
import { type Figures, figure } from '../harness/figures.js';
import { requestOf } from '../wire.js';
import { dialWebSocket, nextText, sendText } from './raw-socket.js';
import { createVerdict } from './verdict.js';

const AT_ONCE = 50;
const verdict = createVerdict();
let port = 0;
let subscriptions = 0;

async function open(): Promise<void> {
  const client = await dialWebSocket({ port, path: '/things', protocol: 'webthingprotocol' }, verdict);
  for (let n = 0; n < subscriptions; n++) {
    const { text, correlationID } = requestOf('observeproperty', { name: `value${n}` });
    const answer = nextText(client);
    sendText(client, text);
    const response = JSON.stringify(await answer);
    if (!response.includes(correlationID) || response.includes('"error"')) verdict.fail(response);
  }
}

async function openMore(figures: Figures): Promise<void> {
  const sockets = figure(figures, 'sockets');
  for (let n = 0; n < sockets; n += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, sockets - n) }, open));
  }
}

obey({
  connect(figures) {
    port = figure(figures, 'port');
    subscriptions = figure(figures, 'subscriptions');
    return {};
  },
  more: (figures) => verdict.prepare(openMore(figures)),
});
