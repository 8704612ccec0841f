import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectSecurely, type TLSSocket } from 'node:tls';
import type { SimulatedPrinter } from '../../src/simulator/index.js';
import { createByteQueue } from '../../src/wire/byte-queue.js';
import { answerChallenge, readVerdict } from '../../src/wire/challenge.js';
import { openSecret, robotCipher } from '../../src/wire/robot-cipher.js';
import { accessID, keyText, signRsa } from '../../src/wire/rsa.js';
import { encodeClientText, takeDeviceText } from '../../src/wire/text-frame.js';

/** Where a printer is, in this process or in another. */
export type Places = Pick<SimulatedPrinter, 'uuid' | 'address' | 'managerPort' | 'robotPort'>;

/** A key that clients of the tests show: made once, for it takes a while. */
export const CLIENT_KEY = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;

/** A client of the tests, a reader of bytes; `undefined`: the printer has closed. */
export interface RawClient extends AsyncDisposable {
  readonly stream: Duplex;
  exactly(count: number): Promise<Buffer | undefined>;
  text(): Promise<string | undefined>;
  send(bytes: Buffer): void;
  /** Sends a command and gives the next frame. */
  ask(command: string): Promise<string | undefined>;
}

export function rawClient(
  stream: Duplex,
  { encrypt = same, decrypt = same }: { encrypt?: (bytes: Buffer) => Buffer; decrypt?: (bytes: Buffer) => Buffer } = {},
): RawClient {
  const queue = createByteQueue();
  const chunks = stream.iterator({ destroyOnReturn: false });
  const taken = async <T>(take: () => T | undefined): Promise<T | undefined> => {
    for (;;) {
      const found = take();
      if (found !== undefined) return found;
      const { done, value } = await chunks.next().catch(() => ({ done: true, value: undefined }));
      if (done === true || !Buffer.isBuffer(value)) return undefined;
      queue.push(decrypt(value));
    }
  };
  const send = (bytes: Buffer): void => {
    stream.write(encrypt(bytes));
  };
  const text = () => taken(() => takeDeviceText(queue));
  stream.on('error', () => {});
  return {
    stream,
    exactly: (count) => taken(() => queue.take(count)),
    text,
    send,
    ask(command) {
      send(encodeClientText(command));
      return text();
    },
    async [Symbol.asyncDispose]() {
      if (stream.closed) return;
      const closed = once(stream, 'close');
      stream.destroy();
      await closed;
    },
  };
}

const same = (bytes: Buffer): Buffer => bytes;

export async function dial(printer: Places, port: number): Promise<Socket> {
  const socket = connect(port, printer.address);
  await once(socket, 'connect');
  return socket;
}

/** Reads so many bytes of a socket, and leaves what follows. */
export async function readHello(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const bytes: unknown = socket.read(count);
    if (Buffer.isBuffer(bytes)) return bytes;
    if (socket.destroyed || socket.readableEnded) throw new Error('The printer has closed');
    await new Promise<void>((resolve) => {
      socket.once('readable', resolve).once('close', resolve);
    });
  }
}

/** Connects as clients do: the hello in the plain, TLS, 64 bytes. */
export async function secure(printer: Places, port: number) {
  const socket = await dial(printer, port);
  const hello = (await readHello(socket, 8)).toString();
  const tls: TLSSocket = connectSecurely({ socket, rejectUnauthorized: false });
  await once(tls, 'secureConnect');
  const client = rawClient(tls);
  const challenge = (await client.exactly(64)) ?? Buffer.alloc(0);
  return { hello, tls, client, challenge };
}

/** A manager's client that was let in: by the password, or by its key where that is trusted. */
export async function managed(printer: Places, password = 'flux', key: KeyObject = CLIENT_KEY) {
  const { client, challenge, tls } = await secure(printer, printer.managerPort);
  const way = await client.ask(keyText(key));
  const proof = way === 'sign' ? answerChallenge(printer.uuid, challenge, key).toString('hex') : password;
  return { client, tls, way, verdict: await client.ask(proof) };
}

/** Has a printer trust the key of the tests. */
export async function trust(printer: Places): Promise<void> {
  const { client } = await managed(printer);
  await client.ask(`add_trust\0test\0${keyText(CLIENT_KEY)}`);
  await client[Symbol.asyncDispose]();
}

/** A robot's client after its handshake, of either generation, and the verdict of the robot. */
export async function operating(printer: Places, generation: 'FLUX0002' | 'FLUX0003', key = CLIENT_KEY) {
  return generation === 'FLUX0003' ? operatingSecurely(printer, key) : operatingCiphered(printer, key);
}

async function operatingSecurely(printer: Places, key: KeyObject) {
  const { client, challenge } = await secure(printer, printer.robotPort);
  client.send(Buffer.concat([accessID(key), answerChallenge(printer.uuid, challenge, key)]));
  const verdict = await client.exactly(16);
  return { client, verdict: verdict && readVerdict(verdict) };
}

async function operatingCiphered(printer: Places, key: KeyObject) {
  const socket = await dial(printer, printer.robotPort);
  const plain = rawClient(socket);
  const hello = (await plain.exactly(8 + 256)) ?? Buffer.alloc(0);
  plain.send(Buffer.concat([accessID(key), signRsa(hello.subarray(136), key)]));
  const bytes = await plain.exactly(16);
  const verdict = bytes && readVerdict(bytes);
  const sealed = verdict === 'OK' ? await plain.exactly(128) : undefined;
  if (!sealed) return { client: plain, verdict };
  const { encrypt, decrypt } = robotCipher(openSecret(sealed, key));
  const client = rawClient(socket, {
    encrypt: (each) => encrypt.update(each),
    decrypt: (each) => decrypt.update(each),
  });
  return { client, verdict };
}
