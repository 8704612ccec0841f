import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { PrinterTarget } from '../../src/connection/printer-target.js';
import { createByteQueue } from '../../src/wire/byte-queue.js';
import { encodeVerdict, HELLO_CIPHER } from '../../src/wire/challenge.js';
import {
  ROBOT_RANDOM_BYTES,
  type RobotCipher,
  robotCipher,
  SECRET_BYTES,
  sealSecret,
} from '../../src/wire/robot-cipher.js';
import { keyBytes, signatureLength, signRsa } from '../../src/wire/rsa.js';
import { encodeDeviceText, takeClientText } from '../../src/wire/text-frame.js';
import { CLIENT_KEY } from '../served-printer.js';

const SLAVE: KeyObject = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;

/** What a client has with a robot that answers as it is told. */
export interface ScriptedClient {
  /** Says texts, each in a frame. */
  say(...texts: readonly string[]): void;
  /** Sends bytes outside of frames. */
  send(bytes: Buffer): void;
  end(): void;
}

/** A robot of the older generation that lets everybody in, and answers each command as `answer` does. */
export async function scriptedRobot(
  answer: (command: string, client: ScriptedClient) => void,
): Promise<AsyncDisposable & { readonly target: PrinterTarget; readonly sockets: ReadonlySet<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    serve(socket, answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    sockets,
    target: {
      uuid: 'ffffffff-ffff-ffff-0000-000000000001',
      name: 'bob',
      address: '127.0.0.1',
      ports: { manager: port, robot: port },
      pin: { serial: 'XXXXXXXXXX', masterKey: '' },
      slaveKey: SLAVE,
      clientKey: CLIENT_KEY,
      keepTLSKey: async () => undefined,
      isAnother: () => undefined,
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

function serve(socket: Socket, answer: (command: string, client: ScriptedClient) => void): void {
  const random = randomBytes(ROBOT_RANDOM_BYTES);
  const secret = randomBytes(SECRET_BYTES);
  const queue = createByteQueue();
  let cipher: RobotCipher | undefined;
  const send = (bytes: Buffer): void => void socket.write(cipher ? cipher.encrypt.update(bytes) : bytes);
  const client: ScriptedClient = {
    say(...texts) {
      for (const text of texts) send(encodeDeviceText(text));
    },
    send,
    end: () => void socket.end(),
  };
  socket.write(Buffer.concat([Buffer.from(HELLO_CIPHER), signRsa(random, SLAVE), random]));
  let isUpload = false;
  socket.on('data', (bytes: Buffer) => {
    // What follows are bytes of a file: nobody reads them here.
    if (isUpload) return;
    queue.push(cipher ? cipher.decrypt.update(bytes) : bytes);
    if (!cipher) {
      if (!queue.take(20 + signatureLength(CLIENT_KEY))) return;
      socket.write(Buffer.concat([encodeVerdict('OK'), sealSecret(secret, publicKey())]));
      cipher = robotCipher(secret);
    }
    for (let text = takeClientText(queue); text !== undefined && !isUpload; text = takeClientText(queue)) {
      isUpload = text.startsWith('file upload');
      answer(text, client);
    }
  });
}

const publicKey = (): KeyObject => createPublicKey({ key: keyBytes(CLIENT_KEY), format: 'der', type: 'spki' });
