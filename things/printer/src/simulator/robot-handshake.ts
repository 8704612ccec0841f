import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { CHALLENGE_BYTES, challengeDigest, encodeVerdict, HELLO_CIPHER } from '../wire/challenge.js';
import { ROBOT_RANDOM_BYTES, robotCipher, SECRET_BYTES, sealSecret } from '../wire/robot-cipher.js';
import { isRsaSigned, readRsaKey, signatureLength, signRsa } from '../wire/rsa.js';
import { type Conversation, conversation, secureConversation } from './conversation.js';
import type { PrinterFaults } from './printer-fault.js';
import type { PrinterSelf } from './printer-self.js';

/** Bytes of the name of a key. */
const ACCESS_ID_BYTES = 20;

/** Who lets clients in. */
export interface RobotDoor {
  readonly self: PrinterSelf;
  /** The certificate of the moment. */
  certificate(): Promise<SecureContext>;
  readonly faults: PrinterFaults;
}

/** Lets a client in over TLS, by a key that is trusted (reference, section 5.1); undefined: it was told that it is not. */
export async function admitSecure(socket: Socket, { self, certificate }: RobotDoor): Promise<Conversation | undefined> {
  const client = await secureConversation(socket, await certificate());
  const challenge = randomBytes(CHALLENGE_BYTES);
  await client.send(challenge);
  const key = await provenKey(client, self, challengeDigest(self.uuid, challenge));
  await client.send(encodeVerdict(key ? 'OK' : 'AUTH_ERROR'));
  if (key) return client;
  client.close();
  return undefined;
}

/** Lets a client in by the older handshake, likewise; from here on the connection is ciphered. */
export async function admitCiphered(socket: Socket, { self, faults }: RobotDoor): Promise<Conversation | undefined> {
  const client = conversation(socket);
  const challenge = randomBytes(ROBOT_RANDOM_BYTES);
  const signed = faults.has('forgedHello') ? randomBytes(ROBOT_RANDOM_BYTES) : challenge;
  // In one piece: the vendor's client reads the first part of it with a single call.
  await client.send(Buffer.concat([Buffer.from(HELLO_CIPHER), signRsa(signed, self.slaveKey), challenge]));
  const key = await provenKey(client, self, challenge);
  if (!key) {
    await client.send(encodeVerdict('AUTH_ERROR'));
    client.close();
    return undefined;
  }
  const secret = randomBytes(SECRET_BYTES);
  const { encrypt, decrypt } = robotCipher(secret);
  await client.send(Buffer.concat([encodeVerdict('OK'), sealSecret(secret, key)]));
  client.cipher(
    (bytes) => encrypt.update(bytes),
    (bytes) => decrypt.update(bytes),
  );
  return client;
}

/** The trusted key by which a client has signed; undefined: there is none, or it has not. */
async function provenKey({ incoming }: Conversation, { memory }: PrinterSelf, signed: Buffer) {
  const id = (await incoming.exactly(ACCESS_ID_BYTES)).toString('hex');
  const key = readRsaKey(memory.get('trusted').find((each) => each.accessID === id)?.key ?? '');
  if (!key) return undefined;
  const signature = await incoming.exactly(signatureLength(key));
  return isRsaSigned(signed, key, signature) ? key : undefined;
}
