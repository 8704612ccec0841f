import { once } from 'node:events';
import WebSocket from 'ws';

/** A message as it came. */
export type Received = Readonly<Record<string, unknown>>;

/** A client that sends what it is told to, whatever a well-behaved one would do. */
export interface Consumer extends AsyncDisposable {
  /** All messages so far. */
  readonly received: readonly Received[];
  /** Sends anything. */
  send(message: object): void;
  /** Sends a request and gives the response to it. */
  request(members: object): Promise<Received>;
  /** Sends a request and gives the status of the response; 200 for success. */
  status(members: object): Promise<number>;
  /** The next message, received or to come, that fits. */
  message(fits: (message: Received) => boolean): Promise<Received>;
  /** With which code the socket was closed. */
  readonly closed: Promise<number>;
}

/** Connects to all Things of a gateway. */
export async function connect(url: string, token: string, protocol = 'webthingprotocol'): Promise<Consumer> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/things`, protocol, {
    headers: { authorization: `Bearer ${token}` },
  });
  const received: Received[] = [];
  const waiting = new Set<(message: Received) => void>();
  socket.on('message', (data: Buffer) => {
    const message: Received = JSON.parse(data.toString());
    received.push(message);
    for (const look of waiting) look(message);
  });
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await once(socket, 'open');
  let count = 0;

  const message = (fits: (message: Received) => boolean): Promise<Received> =>
    new Promise((resolve) => {
      const there = received.find(fits);
      if (there) return resolve(there);
      const look = (one: Received): void => {
        if (!fits(one)) return;
        waiting.delete(look);
        resolve(one);
      };
      waiting.add(look);
    });

  const send = (content: object): void => socket.send(JSON.stringify(content));

  const request = (members: object): Promise<Received> => {
    const correlationID = `request ${++count}`;
    send({ messageType: 'request', messageID: correlationID, correlationID, ...members });
    return message((one) => one.messageType === 'response' && one.correlationID === correlationID);
  };

  return {
    received,
    send,
    request,
    message,
    closed,
    async status(members) {
      const { error } = await request(members);
      if (error === undefined) return 200;
      return typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 0;
    },
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}
