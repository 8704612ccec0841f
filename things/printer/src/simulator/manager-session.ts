import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { CHALLENGE_BYTES, challengeDigest } from '../wire/challenge.js';
import { errorText } from '../wire/device-answer.js';
import { decodeManagerCommand } from '../wire/manager-command.js';
import { accessID, isRsaSigned, readRsaKey } from '../wire/rsa.js';
import { answering, type Conversation, secureConversation } from './conversation.js';
import { obey } from './manager-obedience.js';
import type { PrinterFaults } from './printer-fault.js';
import type { PrinterSelf } from './printer-self.js';
import { isSamePassword } from './same-password.js';

/** What a manager needs of its printer. */
export interface ManagerParts {
  readonly self: PrinterSelf;
  /** The certificate of the moment. */
  certificate(): Promise<SecureContext>;
  readonly faults: PrinterFaults;
}

/** Speaks as a manager with one client: lets it in by its key, or by one try at the password, and obeys (reference, section 4). */
export async function serveManager(socket: Socket, letIn: () => void, parts: ManagerParts): Promise<void> {
  const { self, certificate, faults } = parts;
  const client = await secureConversation(socket, await certificate());
  const refusal = await admit(client, self);
  if (refusal !== undefined) {
    await client.say(errorText(refusal));
    client.close();
    return;
  }
  letIn();
  await client.say('ok');
  const answer = answering(client, faults);
  for (;;) {
    const command = decodeManagerCommand(await client.incoming.text());
    const lines = faults.has('crash') ? undefined : await obey(command, { self, faults }).catch(() => undefined);
    if (!lines) {
      await client.say('UNKNOWN_ERROR');
      client.close();
      return;
    }
    for (const line of lines) await answer(line);
  }
}

/** The symbol of the error for whoever is not let in. */
async function admit(client: Conversation, { uuid, memory }: PrinterSelf): Promise<string | undefined> {
  const challenge = randomBytes(CHALLENGE_BYTES);
  await client.send(challenge);
  const key = readRsaKey(await client.incoming.text());
  if (!key) return 'BAD_PARAMS';
  const id = accessID(key).toString('hex');
  if (memory.get('trusted').some((each) => each.accessID === id)) {
    await client.say('sign');
    const proof = Buffer.from(await client.incoming.text(), 'hex');
    return isRsaSigned(challengeDigest(uuid, challenge), key, proof) ? undefined : 'AUTH_ERROR';
  }
  await client.say('password');
  return isSamePassword(await client.incoming.text(), memory.get('password')) ? undefined : 'AUTH_ERROR';
}
