import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type SecureContext, TLSSocket } from 'node:tls';
import { HELLO_TLS } from '../wire/challenge.js';
import { encodeDeviceText } from '../wire/text-frame.js';
import type { PrinterFaults } from './printer-fault.js';
import { type SocketBytes, socketBytes } from './socket-bytes.js';

/** A printer's end of a connection. */
export interface Conversation {
  readonly incoming: SocketBytes;
  /** Sends bytes, in one piece; resolves when the client's side has taken them. */
  send(bytes: Buffer): Promise<void>;
  /** Sends a text frame likewise. */
  say(text: string): Promise<void>;
  /** From here on both directions are ciphered. */
  cipher(encrypt: (bytes: Buffer) => Buffer, decrypt: (bytes: Buffer) => Buffer): void;
  /** Says no more, and hears no more. */
  close(): void;
  /** Breaks off at once. */
  drop(): void;
}

/** Speaks on a stream. */
export function conversation(stream: Duplex): Conversation {
  const incoming = socketBytes(stream);
  let encrypt = (bytes: Buffer): Buffer => bytes;
  const send = (bytes: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      stream.write(encrypt(bytes), (error) => (error ? reject(error) : resolve()));
    });
  return {
    incoming,
    send,
    say: (text) => send(encodeDeviceText(text)),
    cipher(by, decrypt) {
      incoming.decipher(decrypt);
      encrypt = by;
    },
    close() {
      stream.end();
    },
    drop() {
      stream.destroy();
    },
  };
}

/** Says hello in the plain and goes on in TLS, as its server (reference, sections 4.2 and 5.1). Rejects if the client does not. */
export async function secureConversation(socket: Socket, context: SecureContext): Promise<Conversation> {
  await conversation(socket).send(Buffer.from(HELLO_TLS));
  const tls = new TLSSocket(socket, { isServer: true, secureContext: context });
  await new Promise<void>((resolve, reject) => {
    tls.once('secure', resolve).on('error', reject);
    socket.once('close', () => reject(new Error('The client left during the TLS handshake')));
  });
  return conversation(tls);
}

/** Answers commands with the faults of the moment. */
export function answering({ send, drop, say }: Conversation, faults: PrinterFaults): (text: string) => Promise<void> {
  return async (text) => {
    if (faults.has('mute')) return;
    if (!faults.has('drop')) return say(text);
    const frame = encodeDeviceText(text);
    await send(frame.subarray(0, Math.ceil(frame.length / 2)));
    drop();
  };
}
