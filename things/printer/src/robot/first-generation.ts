import { ThingError } from '@thingwright/core';
import type { Deadline } from '../connection/deadline.js';
import type { PeerStream } from '../connection/peer-stream.js';
import type { PrinterTarget } from '../connection/printer-target.js';
import { openSecret, ROBOT_RANDOM_BYTES, ROBOT_SIGNATURE_BYTES, robotCipher } from '../wire/robot-cipher.js';
import { accessID, isRsaSigned, signatureLength, signRsa } from '../wire/rsa.js';
import { takeVerdict } from './verdict.js';

/**
 * Opens a robot with a cipher of its own (reference, section 5.1, FLUX0002). Its hello is signed by the key of this boot, which
 * discovery has learnt from the master key: without that signature nothing is shown to it.
 */
export async function openFirstGeneration(
  plain: PeerStream,
  target: PrinterTarget,
  deadline: Deadline,
): Promise<PeerStream> {
  const { name, slaveKey, clientKey } = target;
  if (!slaveKey) {
    throw new ThingError(
      'forbidden',
      `The printer '${name}' cannot show who it is: its discovery tells no key for that`,
    );
  }
  const signature = await plain.take(ROBOT_SIGNATURE_BYTES, deadline);
  const random = await plain.take(ROBOT_RANDOM_BYTES, deadline);
  if (!isRsaSigned(random, slaveKey, signature)) {
    target.isAnother();
    throw new ThingError(
      'forbidden',
      `Who answers at ${target.address} is not the printer '${name}': its key is another`,
    );
  }
  await plain.send(Buffer.concat([accessID(clientKey), signRsa(random, clientKey)]), deadline);
  await takeVerdict(plain, target, deadline);
  const sealed = await plain.take(signatureLength(clientKey), deadline);
  return plain.secured(robotCipher(openSecret(sealed, clientKey)));
}
