import { ThingError } from '@thingwright/core';
import type { Deadline } from '../connection/deadline.js';
import type { PeerStream } from '../connection/peer-stream.js';
import type { PrinterTarget } from '../connection/printer-target.js';
import { secureStream } from '../connection/secure-stream.js';
import { answerChallenge, CHALLENGE_BYTES } from '../wire/challenge.js';
import { accessID } from '../wire/rsa.js';
import { takeVerdict } from './verdict.js';

/** Opens a robot that speaks TLS (reference, section 5.1, FLUX0003). */
export async function openSecondGeneration(
  plain: PeerStream,
  target: PrinterTarget,
  deadline: Deadline,
): Promise<PeerStream> {
  const stream = await secureStream(plain, target, deadline);
  try {
    const { uuid, clientKey } = target;
    const challenge = await stream.take(CHALLENGE_BYTES, deadline);
    const proof = answerChallenge(uuid, challenge, clientKey);
    await stream.send(Buffer.concat([accessID(clientKey), proof]), deadline);
    await takeVerdict(stream, target, deadline);
    return stream;
  } catch (error) {
    stream.close();
    throw error instanceof ThingError
      ? error
      : new ThingError('protocol', 'The robot cannot be talked to', { cause: error });
  }
}
